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
	return []rpc.Handler{
		rpc.Handle(registry.List, c.List), rpc.Handle(registry.Get, c.Get), rpc.Handle(registry.Nodes, c.Nodes),
		rpc.Handle(registry.Graph, c.Graph), rpc.Handle(registry.Put, c.Put), rpc.Handle(registry.Beat, c.Beat),
		rpc.Handle(registry.Drop, c.Drop), rpc.Handle(registry.Changes, c.Changes), rpc.Handle(registry.Sync, c.Sync),
		rpc.Handle(registry.Fetch, c.Fetch),
	}
}

// Client is registry.Service over calls, for one caller.
type Client struct {
	list      func(context.Context, registry.ListRequest) (registry.ListReply, error)
	get       func(context.Context, registry.GetRequest) (registry.Listing, error)
	nodes     func(context.Context, registry.NodesRequest) (registry.NodesReply, error)
	graph     func(context.Context, registry.GraphRequest) (registry.GraphReply, error)
	put       func(context.Context, registry.PutRequest) (registry.Lease, error)
	beat      func(context.Context, registry.BeatRequest) (registry.Lease, error)
	drop      func(context.Context, registry.DropRequest) (registry.Dropped, error)
	changes   func(context.Context, registry.ChangesRequest) (registry.ChangesReply, error)
	changesAt func(context.Context, string, registry.ChangesRequest) (registry.ChangesReply, error)
}

// NewClient returns the service as the link's caller sees it.
func NewClient(l rpc.Link) registry.Service {
	return &Client{
		list: rpc.Bind(l, registry.List), get: rpc.Bind(l, registry.Get), nodes: rpc.Bind(l, registry.Nodes),
		graph: rpc.Bind(l, registry.Graph), put: rpc.Bind(l, registry.Put), beat: rpc.Bind(l, registry.Beat),
		drop: rpc.Bind(l, registry.Drop), changes: rpc.Bind(l, registry.Changes), changesAt: rpc.BindAt(l, registry.Changes),
	}
}

// List calls registry.list.
func (c *Client) List(ctx context.Context, r registry.ListRequest) (registry.ListReply, error) {
	return c.list(ctx, r)
}

// Get calls registry.get.
func (c *Client) Get(ctx context.Context, r registry.GetRequest) (registry.Listing, error) {
	return c.get(ctx, r)
}

// Nodes calls registry.nodes.
func (c *Client) Nodes(ctx context.Context, r registry.NodesRequest) (registry.NodesReply, error) {
	return c.nodes(ctx, r)
}

// Graph calls registry.graph.
func (c *Client) Graph(ctx context.Context, r registry.GraphRequest) (registry.GraphReply, error) {
	return c.graph(ctx, r)
}

// Put calls registry.put.
func (c *Client) Put(ctx context.Context, r registry.PutRequest) (registry.Lease, error) {
	return c.put(ctx, r)
}

// Beat calls registry.beat.
func (c *Client) Beat(ctx context.Context, r registry.BeatRequest) (registry.Lease, error) {
	return c.beat(ctx, r)
}

// Drop calls registry.drop.
func (c *Client) Drop(ctx context.Context, r registry.DropRequest) (registry.Dropped, error) {
	return c.drop(ctx, r)
}

// Changes calls registry.changes.
func (c *Client) Changes(ctx context.Context, r registry.ChangesRequest) (registry.ChangesReply, error) {
	return c.changes(ctx, r)
}

// ChangesAt calls registry.changes on a node.
func (c *Client) ChangesAt(ctx context.Context, node string, r registry.ChangesRequest) (registry.ChangesReply, error) {
	return c.changesAt(ctx, node, r)
}

var _ registry.Service = (*Client)(nil)
