package web

import (
	"context"
	"net/http"
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
	// Keyed routes take an Idempotency-Key.
	Keyed bool
	// Status is the status of success, 200 by default.
	Status int
	// Codes are the failures that the owner may answer with; those of the edge are added by themselves.
	Codes []status.Code
	// Timeout bounds the work, the server's setting by default.
	Timeout time.Duration
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
	r.Codes = append(r.Codes, r.edgeCodes()...)
	op := huma.Operation{
		OperationID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, Description: r.About,
		Tags: []string{a.module}, DefaultStatus: r.Status, MaxBodyBytes: a.limits.MaxBody + 1,
		Middlewares: a.middlewares(r), RejectUnknownQueryParameters: true,
	}
	if r.Access == SignedIn {
		op.Security = []map[string][]string{{bearerScheme: {}}}
	}
	if r.Keyed {
		op.Parameters = append(op.Parameters, keyParam())
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
	a.describe(r)
	a.routes = append(a.routes, RouteInfo{Module: a.module, Method: r.Method, Path: r.Path, ID: r.ID, Access: r.Access, Keyed: r.Keyed})
}

// RouteInfo is a route as `describe` lists it.
type RouteInfo struct {
	Module, Method, Path, ID string
	Access                   Access
	Keyed                    bool
}

// edgeCodes are the failures that the edge itself may answer with, whatever the owner does.
func (r Route) edgeCodes() []status.Code {
	codes := []status.Code{status.Invalid}
	if !r.Alone {
		codes = append(codes, status.Unavailable, status.DeadlineExceeded)
	}
	if r.Access == SignedIn {
		codes = append(codes, status.Unauthenticated)
	}
	if r.hasBody() {
		codes = append(codes, status.Malformed, status.TooLarge)
	}
	return codes
}

// hasBody tells by the method: POST routes without a body still take one, because they may carry a key.
func (r Route) hasBody() bool { return r.Method == http.MethodPost || r.Method == http.MethodPatch }

// describe replaces the errors that huma assumes by those the route names, so that the document says no code that
// nothing produces.
func (a *API) describe(r Route) {
	item := a.huma.OpenAPI().Paths[r.Path]
	op := map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[r.Method]
	delete(op.Responses, "default")
	for _, code := range r.Codes {
		op.Responses[strconv.Itoa(code.HTTP())] = a.problemResponse(http.StatusText(code.HTTP()))
	}
	if op.RequestBody != nil {
		op.Responses[strconv.Itoa(http.StatusUnsupportedMediaType)] =
			a.problemResponse(http.StatusText(http.StatusUnsupportedMediaType))
	}
}

func (a *API) problemResponse(description string) *huma.Response {
	return &huma.Response{
		Description: description,
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: a.problemSchema}},
	}
}
