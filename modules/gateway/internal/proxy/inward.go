package proxy

import (
	"net/http"
	"net/url"

	"holon/modules/gateway/internal/routes"
	"holon/transport/web"
)

// inward is a route whose service is a module: its public routes serve it, under another name. They find out by themselves
// who asks.
type inward struct {
	route *routes.Compiled
	serve func(w http.ResponseWriter, r *http.Request, module string)
}

func (i *inward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := clean(r, false); err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	if cors(w, r, i.route) {
		return
	}
	to := r.Clone(r.Context())
	to.URL.RawPath = i.route.SentPath(r.URL)
	plain, err := url.PathUnescape(to.URL.RawPath)
	if err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	to.URL.Path = plain
	i.serve(w, to, i.route.Service)
}
