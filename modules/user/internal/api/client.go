package api

import (
	"context"

	"holon/modules/user"
	"holon/transport/rpc"
)

// Client is user.Service over calls, for one caller.
type Client struct {
	register   func(context.Context, user.RegisterRequest) (user.User, error)
	login      func(context.Context, user.LoginRequest) (user.Session, error)
	keys       func(context.Context, user.KeysRequest) (user.KeySet, error)
	get        func(context.Context, user.GetRequest) (user.User, error)
	update     func(context.Context, user.UpdateRequest) (user.User, error)
	delete     func(context.Context, user.DeleteRequest) (user.DeleteReply, error)
	list       func(context.Context, user.ListRequest) (user.Page, error)
	exists     func(context.Context, user.ExistsRequest) (user.ExistsReply, error)
	promote    func(context.Context, user.PromoteRequest) (user.User, error)
	rotateKeys func(context.Context, user.RotateKeysRequest) (user.KeySet, error)
	apiKeys
}

// NewClient returns the service as the link's caller sees it.
func NewClient(l rpc.Link) user.Service {
	return &Client{
		register:   rpc.Bind(l, user.Register),
		login:      rpc.Bind(l, user.Login),
		keys:       rpc.Bind(l, user.Keys),
		get:        rpc.Bind(l, user.Get),
		update:     rpc.Bind(l, user.Update),
		delete:     rpc.Bind(l, user.Delete),
		list:       rpc.Bind(l, user.List),
		exists:     rpc.Bind(l, user.Exists),
		promote:    rpc.Bind(l, user.Promote),
		rotateKeys: rpc.Bind(l, user.RotateKeys),
		apiKeys:    newAPIKeys(l),
	}
}

// Register calls user.register.
func (c *Client) Register(ctx context.Context, r user.RegisterRequest) (user.User, error) {
	return c.register(ctx, r)
}

// Login calls user.login.
func (c *Client) Login(ctx context.Context, r user.LoginRequest) (user.Session, error) {
	return c.login(ctx, r)
}

// Keys calls user.keys.
func (c *Client) Keys(ctx context.Context, r user.KeysRequest) (user.KeySet, error) {
	return c.keys(ctx, r)
}

// Get calls user.get.
func (c *Client) Get(ctx context.Context, r user.GetRequest) (user.User, error) {
	return c.get(ctx, r)
}

// Update calls user.update.
func (c *Client) Update(ctx context.Context, r user.UpdateRequest) (user.User, error) {
	return c.update(ctx, r)
}

// Delete calls user.delete.
func (c *Client) Delete(ctx context.Context, r user.DeleteRequest) (user.DeleteReply, error) {
	return c.delete(ctx, r)
}

// List calls user.list.
func (c *Client) List(ctx context.Context, r user.ListRequest) (user.Page, error) {
	return c.list(ctx, r)
}

// Exists calls user.exists.
func (c *Client) Exists(ctx context.Context, r user.ExistsRequest) (user.ExistsReply, error) {
	return c.exists(ctx, r)
}

// Promote calls user.promote.
func (c *Client) Promote(ctx context.Context, r user.PromoteRequest) (user.User, error) {
	return c.promote(ctx, r)
}

// RotateKeys calls user.rotate_keys.
func (c *Client) RotateKeys(ctx context.Context, r user.RotateKeysRequest) (user.KeySet, error) {
	return c.rotateKeys(ctx, r)
}

var _ user.Service = (*Client)(nil)
