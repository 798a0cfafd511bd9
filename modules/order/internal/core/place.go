package core

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// Place makes an order for the principal. For a user whom the module has heard of that is one transaction and no
// question to anybody. For another, the transaction is given up, the user module is asked, because no transaction
// waits for another module, and it is run anew.
func (c *Core) Place(ctx context.Context, r order.PlaceRequest) (order.Result, error) {
	p := contract.PrincipalOf(ctx)
	once, err := onceOf(p, order.Place.Name, r.Once)
	if err != nil {
		return order.Result{}, err
	}
	total, err := check(r)
	if err != nil {
		return order.Result{}, err
	}
	if p.Subject == "" {
		return order.Result{}, status.New(status.Unauthenticated, "", "an order needs somebody who orders")
	}
	draft := order.Order{UserID: p.Subject, Currency: r.Currency, Items: r.Items, Total: total}
	result, err := c.place(ctx, once, draft, false)
	if !errors.Is(err, errStranger) {
		return result, err
	}
	if err := c.vouch(ctx, p.Subject); err != nil {
		return order.Result{}, err
	}
	return c.place(ctx, once, draft, true)
}

// place makes an order out of a draft. vouched says that the user module knows the user.
func (c *Core) place(ctx context.Context, once once, o order.Order, vouched bool) (order.Result, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return order.Result{}, fmt.Errorf("make an id: %w", err)
	}
	o.ID, o.Status, o.Version = id.String(), order.Created, 1
	o.CreatedAt = c.stamp()
	o.UpdatedAt = o.CreatedAt
	return c.once(ctx, once, func(ctx context.Context, rows Rows) (order.Order, error) {
		if err := admit(ctx, rows, o, vouched); err != nil {
			return order.Order{}, err
		}
		return o, c.facts.Announce(ctx, order.WasCreated.Fact(o))
	})
}
