// Package api puts the registry module's core on the transports. Each part is a translation and nothing else.
package api

import (
	"context"

	"holon/modules/registry"
	"holon/modules/registry/internal/core"
	"holon/transport/rpc"
)

// Methods ties the contract's methods to the core.
func Methods(c *core.Core) []rpc.Handler {
	return []rpc.Handler{rpc.Handle(registry.List, c.List), rpc.Handle(registry.Get, c.Get)}
}

// Client is registry.Service over calls, for one caller.
type Client struct {
	list func(context.Context, registry.ListRequest) (registry.ListReply, error)
	get  func(context.Context, registry.GetRequest) (registry.Listing, error)
}

// NewClient returns the service as the link's caller sees it.
func NewClient(l rpc.Link) registry.Service {
	return &Client{list: rpc.Bind(l, registry.List), get: rpc.Bind(l, registry.Get)}
}

// List calls registry.list.
func (c *Client) List(ctx context.Context, r registry.ListRequest) (registry.ListReply, error) {
	return c.list(ctx, r)
}

// Get calls registry.get.
func (c *Client) Get(ctx context.Context, r registry.GetRequest) (registry.Listing, error) {
	return c.get(ctx, r)
}

var _ registry.Service = (*Client)(nil)
