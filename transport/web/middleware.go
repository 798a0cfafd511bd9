package web

import (
	"context"
	"log/slog"
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

// middlewares are a route's own, outermost first. They run before huma reads anything of the request. Where a body is
// to arrive, the clock of the work starts after it: a slow line is not slow work.
func (a *API) middlewares(r Route, info *RouteInfo) huma.Middlewares {
	chain := huma.Middlewares{a.measure(r)}
	if !r.takesBody && !r.streams {
		chain = append(chain, a.bound(r.Timeout))
	}
	if r.Access == SignedIn {
		chain = append(chain, a.authenticate(r.Timeout, info))
	}
	if a.guard != nil {
		chain = append(chain, a.admitted(info))
	}
	if r.takesBody {
		chain = append(chain, a.take(r.Keyed), a.bound(r.Timeout))
	}
	if a.guard != nil && !r.streams {
		chain = append(chain, a.entered(info))
	}
	return chain
}

// measure counts and times the requests of a route. A panic, which the door will answer, has no status yet.
func (a *API) measure(r Route) func(huma.Context, func(huma.Context)) {
	m := a.metrics.bind(r)
	return func(c huma.Context, next func(huma.Context)) {
		_, rw := humago.Unwrap(c)
		w := rw.(*answer)
		w.visit.routed(r)
		m.begin()
		defer func() {
			code, took := w.status, time.Since(w.visit.began)
			w.visit.took = took
			m.end(code, w.visit.began, took)
			if code == http.StatusGatewayTimeout {
				a.metrics.refused.count(requestTimeout)
			}
			if ctx := c.Context(); a.log.Enabled(ctx, slog.LevelDebug) {
				a.log.DebugContext(ctx, "request answered", "method", r.Method, "route", r.Path, "status", code, "took", took)
			}
		}()
		next(c)
	}
}

// writeGrace is how long after its deadline a request may still be writing its answer.
const writeGrace = 5 * time.Second

// bound sets the deadline that travels with every call the route makes, and the socket's own for the answer.
func (a *API) bound(timeout time.Duration) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		if r, w := humago.Unwrap(c); timeout != a.limits.RequestTimeout || r.ContentLength != 0 {
			writeBy(w, time.Now().Add(timeout+writeGrace)) // else the door has said just that
		}
		ctx, cancel := context.WithTimeout(c.Context(), timeout)
		defer cancel()
		next(huma.WithContext(c, ctx))
	}
}

// writeBy bounds how long a client may take to read its answer. The server takes the deadline off before the
// connection's next request.
func writeBy(w http.ResponseWriter, t time.Time) {
	_ = http.NewResponseController(w).SetWriteDeadline(t) // a test's recorder knows no deadlines
}

// authenticate puts the principal into the context or answers 401.
func (a *API) authenticate(timeout time.Duration, info *RouteInfo) func(huma.Context, func(huma.Context)) {
	check := func(ctx context.Context, header []string) (contract.Principal, error) {
		token, err := Bearer(header)
		if err != nil {
			return contract.Principal{}, err
		}
		if _, bounded := ctx.Deadline(); !bounded {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		return a.auth.Authenticate(ctx, token)
	}
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		p, err := check(c.Context(), r.Header.Values("Authorization"))
		if err != nil && a.guard != nil { // whoever guesses is counted too, by the address
			if over := a.guard.Admit(w.Header(), r, info, contract.Principal{}); over != nil {
				err = over
			}
		}
		if err != nil {
			a.refuse(c, err)
			return
		}
		w.(*answer).visit.subject = p.Subject
		next(huma.WithContext(c, contract.WithPrincipal(c.Context(), p)))
	}
}

// refuse answers before huma had a chance to.
func (a *API) refuse(c huma.Context, err error) {
	r, w := humago.Unwrap(c)
	writeProblem(w, r, a.problem(c.Context(), err))
}

// Bearer takes the token out of the Authorization header, or says Unauthenticated and what to send.
func Bearer(header []string) (string, error) {
	if len(header) == 0 || header[0] == "" {
		return "", status.New(status.Unauthenticated, "", "this route needs a bearer token").
			With(status.DetailHint, "get one from POST /sessions and send it as Authorization: Bearer TOKEN")
	}
	scheme, token, _ := strings.Cut(header[0], " ")
	if len(header) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,") {
		return "", status.New(status.Unauthenticated, "", "the Authorization header is not a bearer token").
			With(status.DetailHint, "send Authorization: Bearer TOKEN")
	}
	return token, nil
}
