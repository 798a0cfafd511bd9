package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"holon/modules/registry"
	"holon/modules/registry/internal/watch"
	"holon/transport/status"
	"holon/transport/web"
)

// NewSurface returns the module's routes over its client.
func NewSurface(s registry.Service) web.Surface {
	r := &routes{s, watch.New(s, uuid.NewString()[:8])}
	return web.Surface{Module: "registry", Routes: func(a *web.API) { r.read(a); r.write(a); r.stream(a) }}
}

type routes struct {
	s   registry.Service
	hub *watch.Hub
}

func (r *routes) read(a *web.API) {
	web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/services", ID: "list-services",
		Summary: "List services and their instances", Access: web.Public}, r.list)
	web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/services/{name}", ID: "get-service",
		Summary: "Read one service", Access: web.Public, Codes: []status.Code{status.NotFound}}, r.get)
	web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/nodes", ID: "list-nodes",
		Summary: "List the nodes of the cluster", Access: web.Public}, r.nodes)
	web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/graph", ID: "get-graph",
		Summary: "Read who depends on whom", Access: web.Public}, r.graph)
	web.Add(a, web.Route{Method: http.MethodGet, Path: "/registry/prometheus", ID: "list-targets",
		Summary: "List instances for Prometheus (http_sd)", Access: web.Public}, r.prometheus)
}

func (r *routes) stream(a *web.API) {
	web.AddStream(a, web.Route{Method: http.MethodGet, Path: "/registry/watch", ID: "watch-services",
		Summary: "Watch all services",
		About: "Server-sent events: `snapshot` has all there is, each `change` behind it what is new, with numbers that have no gaps. " +
			"Whoever is too slow, or comes back after too long, gets a snapshot again.",
		Access: web.Public, Codes: []status.Code{status.Exhausted}}, "text/event-stream", r.watch)
}

type listIn struct {
	Healthy     bool   `query:"healthy" doc:"Only instances that get requests."`
	Tag         string `query:"tag" maxLength:"64" doc:"Only instances that carry this tag."`
	Limit       int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many services a page has."`
	Cursor      string `query:"cursor" maxLength:"512" doc:"The next_cursor of the page before."`
	IfNoneMatch string `header:"If-None-Match" maxLength:"200" doc:"The ETag of an answer before."`
}

// Page is a page of services.
type Page struct {
	Services []registry.Listing `json:"services"`
	// NextCursor is empty on the last page.
	NextCursor string `json:"next_cursor"`
}

func (r *routes) list(ctx context.Context, in *listIn) (*tagged[Page], error) {
	after, limit, err := position(in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	reply, err := r.s.List(ctx, registry.ListRequest{Healthy: in.Healthy, Tag: in.Tag, After: after, Limit: limit})
	if err != nil {
		return nil, err
	}
	return tag(Page{reply.Services, next(reply)}, in.IfNoneMatch)
}

type getIn struct {
	Name        string `path:"name" maxLength:"64"`
	Version     string `query:"version" maxLength:"128" doc:"latest, a version or a constraint such as ^1.2."`
	Healthy     bool   `query:"healthy" doc:"Only instances that get requests."`
	Tag         string `query:"tag" maxLength:"64" doc:"Only instances that carry this tag."`
	IfNoneMatch string `header:"If-None-Match" maxLength:"200" doc:"The ETag of an answer before."`
}

func (r *routes) get(ctx context.Context, in *getIn) (*tagged[registry.Listing], error) {
	service, err := r.s.Get(ctx, registry.GetRequest{Name: in.Name, Version: in.Version, Healthy: in.Healthy, Tag: in.Tag})
	if err != nil {
		return nil, err
	}
	return tag(service, in.IfNoneMatch)
}

type matchIn struct {
	IfNoneMatch string `header:"If-None-Match" maxLength:"200" doc:"The ETag of an answer before."`
}

func (r *routes) nodes(ctx context.Context, in *matchIn) (*tagged[registry.NodesReply], error) {
	reply, err := r.s.Nodes(ctx, registry.NodesRequest{})
	if err != nil {
		return nil, err
	}
	return tag(reply, in.IfNoneMatch)
}

func (r *routes) graph(ctx context.Context, in *matchIn) (*tagged[registry.GraphReply], error) {
	reply, err := r.s.Graph(ctx, registry.GraphRequest{})
	if err != nil {
		return nil, err
	}
	return tag(reply, in.IfNoneMatch)
}

type watchIn struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"64" doc:"The id of the last event that was seen."`
}

func (r *routes) watch(ctx context.Context, in *watchIn) (func(*web.Stream), error) {
	if _, err := r.s.Nodes(ctx, registry.NodesRequest{}); err != nil { // better an error than silence
		return nil, err
	}
	w, err := r.hub.Join()
	if err != nil {
		return nil, err
	}
	w.Resume(strings.TrimSpace(in.LastEventID))
	return func(s *web.Stream) {
		defer w.Leave()
		_ = w.Serve(s) // it ends when somebody has gone
	}, nil
}
