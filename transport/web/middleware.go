package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holon/transport/contract"
	"holon/transport/status"
)

// Authenticator tells who a bearer token speaks for. It answers Unauthenticated for a token that is not good and
// Unavailable when it cannot tell.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (contract.Principal, error)
}

// middlewares are a route's own, outermost first. They run before huma reads anything of the request.
func (a *API) middlewares(r Route) huma.Middlewares {
	chain := huma.Middlewares{a.measure(r), a.bound(r)}
	if r.Access == SignedIn {
		chain = append(chain, a.authenticate)
	}
	if r.Keyed {
		chain = append(chain, a.takeKey)
	}
	return chain
}

// measure counts and times the requests of a route.
func (a *API) measure(r Route) func(huma.Context, func(huma.Context)) {
	m := a.metrics.bind(r)
	return func(c huma.Context, next func(huma.Context)) {
		m.begin()
		started := time.Now()
		defer func() { m.end(c.Status(), time.Since(started)) }()
		next(c)
	}
}

// writeGrace is how long after its deadline a request may still be writing its answer.
const writeGrace = 5 * time.Second

// bound sets the deadline that travels with every call the route makes, and the socket's own.
func (a *API) bound(r Route) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		req, w := humago.Unwrap(c)
		rc := http.NewResponseController(w)
		// A writer that knows no deadlines is a test's recorder.
		_ = rc.SetWriteDeadline(time.Now().Add(r.Timeout + writeGrace))
		if req.ContentLength != 0 {
			_ = rc.SetReadDeadline(time.Now().Add(a.limits.bodyTime(req.ContentLength)))
		}
		ctx, cancel := context.WithTimeout(c.Context(), r.Timeout)
		defer cancel()
		next(huma.WithContext(c, ctx))
	}
}

// authenticate puts the principal into the context or answers 401.
func (a *API) authenticate(c huma.Context, next func(huma.Context)) {
	token, err := bearer(c.Header("Authorization"))
	if err == nil {
		var p contract.Principal
		if p, err = a.auth.Authenticate(c.Context(), token); err == nil {
			next(huma.WithContext(c, contract.WithPrincipal(c.Context(), p)))
			return
		}
	}
	a.refuse(c, err)
}

// refuse answers before huma had a chance to.
func (a *API) refuse(c huma.Context, err error) {
	r, w := humago.Unwrap(c)
	p := a.problem(c.Context(), err)
	writeProblem(statusRecorder{w, c}, r, p)
}

// statusRecorder tells huma's context the status, which is where measure reads it.
type statusRecorder struct {
	http.ResponseWriter
	c huma.Context
}

func (s statusRecorder) WriteHeader(code int) { s.c.SetStatus(code) }

// bearer takes the token out of an Authorization header.
func bearer(header string) (string, error) {
	if header == "" {
		return "", status.New(status.Unauthenticated, "", "this route needs a bearer token").
			With(status.DetailHint, "get one from POST /sessions and send it as Authorization: Bearer TOKEN")
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,") {
		return "", status.New(status.Unauthenticated, "", "the Authorization header is not a bearer token").
			With(status.DetailHint, "send Authorization: Bearer TOKEN")
	}
	return token, nil
}
