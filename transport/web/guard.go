package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holon/transport/contract"
)

// Guard lets requests to the modules' routes in.
type Guard interface {
	// Admit is asked once it is known who asks, and before the body is read. It returns an error of the closed set for a
	// request that may not go on, and may set headers of the answer.
	Admit(h http.Header, r *http.Request, route *RouteInfo, who contract.Principal) error
	// Enter is asked when all of the request is there: a client that sends slowly takes nobody's place. It returns what is
	// to be called with the answer's status.
	Enter(ctx context.Context, r *http.Request, route *RouteInfo, who contract.Principal) (done func(httpStatus int), err error)
}

// admitted asks the guard whether a client may ask.
func (a *API) admitted(route *RouteInfo) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		if err := a.guard.Admit(w.Header(), r, route, contract.PrincipalOf(c.Context())); err != nil {
			a.refuse(c, err)
			return
		}
		next(c)
	}
}

// entered asks the guard whether there is room.
func (a *API) entered(route *RouteInfo) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		done, err := a.guard.Enter(c.Context(), r, route, contract.PrincipalOf(c.Context()))
		if err != nil {
			a.refuse(c, err)
			return
		}
		answer := w.(*answer)
		defer func() { done(answer.status) }()
		next(c)
	}
}
