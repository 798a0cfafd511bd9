package api

import (
	"context"
	"net/http"

	"holon/modules/registry"
	"holon/transport/status"
	"holon/transport/web"
)

// NewSurface returns the module's routes over its client.
func NewSurface(s registry.Service) web.Surface {
	r := &routes{s}
	return web.Surface{Module: "registry", Routes: func(a *web.API) {
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/services", ID: "list-services",
			Summary: "List services and their instances", Access: web.Public}, r.list)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/services/{name}", ID: "get-service",
			Summary: "Read one service", Access: web.Public, Codes: []status.Code{status.NotFound}}, r.get)
	}}
}

type routes struct{ s registry.Service }

type listOut struct{ Body registry.ListReply }

func (r *routes) list(ctx context.Context, _ *struct{}) (*listOut, error) {
	reply, err := r.s.List(ctx, registry.ListRequest{})
	return &listOut{reply}, err
}

type getIn struct {
	Name string `path:"name" maxLength:"64"`
}

type getOut struct{ Body registry.Listing }

func (r *routes) get(ctx context.Context, in *getIn) (*getOut, error) {
	service, err := r.s.Get(ctx, registry.GetRequest{Name: in.Name})
	return &getOut{service}, err
}
