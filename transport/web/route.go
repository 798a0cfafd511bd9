package web

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"holon/transport/status"
)

// Access says who may use a route. What belongs to whom is not the edge's business but the owner's.
type Access uint8

const (
	// SignedIn routes need a bearer token.
	SignedIn Access = iota
	// Public routes need nothing; a token is not even looked at.
	Public
)

// Route is an HTTP operation and what the edge must know of it.
type Route struct {
	Method, Path string
	// ID is unique in the binary, kebab-case, and names the operation in clients generated from the document.
	ID      string
	Summary string
	// About says more than the summary, in sentences.
	About  string
	Access Access
	// Alone says that the route asks no other module and so cannot find one missing or late.
	Alone bool
	// Scope is a kind of scope that lets an API key in besides module: and route:, for owners who look at its names themselves.
	Scope string
	// Keyed routes take an Idempotency-Key.
	Keyed bool
	// Status is the status of success, 200 by default.
	Status int
	// Codes are the failures that the owner may answer with; those of the edge are added by themselves.
	Codes []status.Code
	// Timeout bounds the work, the server's setting by default.
	Timeout time.Duration

	// takesJSON says that the route's input has a body, takesBody that one is read: routes without an input body still
	// take one where the method has a meaning for it, because they may carry a key.
	takesJSON, takesBody bool
	// streams says that the answer has no end in sight.
	streams bool
}

// Surface is a module's public face: its name and a function that adds its routes to an API.
type Surface struct {
	Module string
	Routes func(*API)
}

// Add puts a route on the API. In and Out are huma's input and output structs; fn returns errors of the closed set.
func Add[In, Out any](a *API, r Route, fn func(context.Context, *In) (*Out, error)) {
	if r.Timeout == 0 {
		r.Timeout = a.limits.RequestTimeout
	}
	_, r.takesJSON = reflect.TypeFor[In]().FieldByName("Body")
	r.takesBody = r.takesJSON || r.Method == http.MethodPost || r.Method == http.MethodPut || r.Method == http.MethodPatch
	info := &RouteInfo{Module: a.module, Method: r.Method, Path: r.Path, ID: r.ID, Access: r.Access, Keyed: r.Keyed, Alone: r.Alone, Scope: r.Scope}
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, Description: r.About,
		Tags: []string{a.module}, DefaultStatus: r.Status, Responses: a.problemsOf(r),
		Middlewares: a.middlewares(r, info), RejectUnknownQueryParameters: true,
		// The body has been read by then, within limits that are not huma's.
		MaxBodyBytes: a.limits.MaxBody + 1, BodyReadTimeout: -1,
	}
	if r.Access == SignedIn {
		op.Security = []map[string][]string{{bearerScheme: {}}}
	}
	if r.Keyed {
		op.Parameters = append(op.Parameters, keyParam())
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := fn(ctx, in)
		if err == nil && keyLeft(ctx) {
			err = errKeyLeft
		}
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	a.routes = append(a.routes, info)
}

// RouteInfo is a route as `describe` lists it.
type RouteInfo struct {
	Module, Method, Path, ID string
	Access                   Access
	Keyed                    bool
	// Alone routes ask no other module.
	Alone bool
	// Scope is the route's.
	Scope string
}

// edgeCodes are the failures that the edge itself may answer with, whatever the owner does.
func (r Route) edgeCodes() []status.Code {
	codes := []status.Code{status.Invalid}
	if !r.Alone {
		codes = append(codes, status.Unavailable, status.DeadlineExceeded)
	}
	if r.Access == SignedIn {
		codes = append(codes, status.Unauthenticated, status.Unavailable)
	}
	if r.takesBody {
		codes = append(codes, status.Malformed, status.TooLarge)
	}
	return codes
}

// problemsOf are the failures that the document lists for a route: those it names and those of the edge, so that it
// says no code that nothing produces.
func (a *API) problemsOf(r Route) map[string]*huma.Response {
	out := make(map[string]*huma.Response)
	add := func(httpStatus int) {
		out[strconv.Itoa(httpStatus)] = &huma.Response{
			Description: http.StatusText(httpStatus),
			Content:     map[string]*huma.MediaType{problemType: {Schema: a.problemSchema}},
		}
	}
	for _, code := range slices.Concat(r.Codes, r.edgeCodes()) {
		add(code.HTTP())
	}
	if r.takesJSON {
		add(http.StatusUnsupportedMediaType)
	}
	return out
}
