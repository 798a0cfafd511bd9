// Package api puts the gateway's own answers on HTTP.
package api

import (
	"context"
	"net/http"
	"time"

	"holon/modules"
	"holon/transport/web"
)

// NewSurface returns the gateway's own route.
func NewSurface(n modules.Node, b *modules.Board) web.Surface {
	h := &health{node: n, board: b}
	return web.Surface{Module: "gateway", Routes: func(a *web.API) {
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/health", ID: "get-health", Summary: "How the node is",
			About:  "For people and dashboards; load balancers ask /readyz of the health port. A module is unwell when its data cannot be written.",
			Access: web.Public, Alone: true}, h.get)
	}}
}

type health struct {
	node  modules.Node
	board *modules.Board
}

type moduleHealth struct {
	Status string    `json:"status" enum:"healthy,unwell,starting,stopping"`
	Since  time.Time `json:"since"`
}

type healthOut struct {
	Body struct {
		Status  string                  `json:"status" enum:"healthy,degraded" doc:"healthy when every module of this node is."`
		Service string                  `json:"service" example:"holon"`
		Version string                  `json:"version"`
		Node    string                  `json:"node"`
		Modules map[string]moduleHealth `json:"modules"`
	}
}

// within is how long the modules' stores have to say how they are.
const within = 2 * time.Second

// get tells how the modules are and not why, which is for the node's owner: holon describe.
func (h *health) get(ctx context.Context, _ *struct{}) (*healthOut, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out := &healthOut{}
	b := &out.Body
	b.Status, b.Service, b.Version, b.Node = "healthy", "holon", h.node.Version, h.node.Name
	b.Modules = make(map[string]moduleHealth)
	for _, s := range h.board.Look(ctx) {
		m := moduleHealth{Status: string(s.State), Since: s.Since}
		switch {
		case s.State == modules.Ready && s.Fault == nil:
			m.Status = "healthy"
		case s.State == modules.Ready:
			m.Status, b.Status = "unwell", "degraded"
		default:
			b.Status = "degraded"
		}
		b.Modules[s.Module] = m
	}
	return out, nil
}
