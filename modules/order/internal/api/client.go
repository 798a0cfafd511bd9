package api

import (
	"context"

	"holon/modules/order"
	"holon/transport/rpc"
)

// Client is order.Service over calls, for one caller.
type Client struct {
	place   func(context.Context, order.PlaceRequest) (order.Result, error)
	get     func(context.Context, order.GetRequest) (order.Order, error)
	list    func(context.Context, order.ListRequest) (order.Page, error)
	confirm func(context.Context, order.ChangeRequest) (order.Result, error)
	cancel  func(context.Context, order.ChangeRequest) (order.Result, error)
}

// NewClient returns the service as the link's caller sees it.
func NewClient(l rpc.Link) order.Service {
	return &Client{
		place:   rpc.Bind(l, order.Place),
		get:     rpc.Bind(l, order.Get),
		list:    rpc.Bind(l, order.List),
		confirm: rpc.Bind(l, order.Confirm),
		cancel:  rpc.Bind(l, order.Cancel),
	}
}

// Place calls order.place.
func (c *Client) Place(ctx context.Context, r order.PlaceRequest) (order.Result, error) {
	return c.place(ctx, r)
}

// Get calls order.get.
func (c *Client) Get(ctx context.Context, r order.GetRequest) (order.Order, error) {
	return c.get(ctx, r)
}

// List calls order.list.
func (c *Client) List(ctx context.Context, r order.ListRequest) (order.Page, error) {
	return c.list(ctx, r)
}

// Confirm calls order.confirm.
func (c *Client) Confirm(ctx context.Context, r order.ChangeRequest) (order.Result, error) {
	return c.confirm(ctx, r)
}

// Cancel calls order.cancel.
func (c *Client) Cancel(ctx context.Context, r order.ChangeRequest) (order.Result, error) {
	return c.cancel(ctx, r)
}

var _ order.Service = (*Client)(nil)
