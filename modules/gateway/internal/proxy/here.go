package proxy

import (
	"context"
	"net/http"
	"net/http/httputil"
	"net/url"

	"holon/transport/adapter"
)

// serveHere has a handler of this process answer, and reports false where it takes no requests. The handler is given what it
// would get on another node. It has a goroutine of its own, so that its client is told when its time is over, whatever it does.
func (h *handler) serveHere(w *watched, r *http.Request, e *errand, body *sending) bool {
	out := h.outgoing(r)
	here := &direct{handler: h, errand: e, to: w.ResponseWriter, header: make(http.Header)}
	lent := &lent{broken: make(chan error, 1), stop: func() { here.leave() }}
	if body != nil {
		body.putInto(out)
		lent.from = out.Body
		out.Body = lent
	}
	type end struct {
		served   bool
		panicked any
	}
	ended := make(chan end, 1)
	go func() { // Adapter.Wait waits for it
		var is end
		defer func() {
			is.panicked = recover()
			ended <- is
		}()
		is.served = true // unless it says otherwise: a panic is an answer too
		is.served = h.service.adapted.handlers.ServeHere(here, out, h.service.adapted.module)
	}()
	var err error
	select {
	case is := <-ended:
		if !is.served {
			return false
		}
		select {
		case err = <-lent.broken: // what it has made of half a body is no answer
		default:
			if is.panicked == nil {
				here.finish()
				lent.leave(http.NewResponseController(w))
				return true
			}
			err = errFailed
		}
	case err = <-lent.broken:
	case <-r.Context().Done():
		err = context.Cause(r.Context())
	}
	begun := here.leave()
	lent.leave(http.NewResponseController(w))
	if begun {
		panic(http.ErrAbortHandler) // half an answer must not look whole
	}
	h.fail(w, r, err)
	return true
}

// outgoing is the request as its handler gets it: as httputil.ReverseProxy would send it, and net/http would read it.
func (h *handler) outgoing(r *http.Request) *http.Request {
	out := *r
	at := *r.URL
	out.URL, out.Header, out.Body = &at, r.Header.Clone(), nil
	adapter.Unhop(out.Header)
	h.rewrite(&httputil.ProxyRequest{In: r, Out: &out})
	if u, err := url.ParseRequestURI(out.URL.RequestURI()); err == nil { // as a server reads it
		out.URL = u
	}
	if agent := out.Header["User-Agent"]; len(agent) == 1 && agent[0] == "" {
		out.Header.Del("User-Agent")
	}
	return &out
}
