package web

import (
	"net/http"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// docsPolicy lets the docs page load from this server alone. Its two inline scripts are the library's own.
const docsPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// mountDocs serves the document and a page that shows it, both from the binary: no CDN is asked.
func (a *API) mountDocs(title string) {
	a.mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(a.document) // the client hung up: nobody is left to tell
	})
	page := v5emb.NewHandlerWithConfig(swgui.Config{
		Title: title, SwaggerJSON: "/openapi.json", BasePath: "/docs/", HideCurl: false,
	})
	serve := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		page.ServeHTTP(w, r)
	}
	a.mux.HandleFunc("GET /docs/", serve)
	a.mux.Handle("GET /docs", http.RedirectHandler("/docs/", http.StatusPermanentRedirect))
}
