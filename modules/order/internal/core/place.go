package core

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"holon/modules/order"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// Place makes an order for the principal. Whether the account exists is asked before the transaction, because no
// transaction waits for another module.
func (c *Core) Place(ctx context.Context, r order.PlaceRequest) (order.Result, error) {
	p := contract.PrincipalOf(ctx)
	once, err := onceOf(p, order.Place, r.Once)
	if err != nil {
		return order.Result{}, err
	}
	total, err := check(r)
	if err != nil {
		return order.Result{}, err
	}
	if err := c.knownUser(ctx, p.Subject); err != nil {
		return c.replay(ctx, once, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return order.Result{}, fmt.Errorf("make an id: %w", err)
	}
	now := c.stamp()
	o := order.Order{
		ID: id.String(), UserID: p.Subject, Status: order.Created, Currency: r.Currency, Items: r.Items, Total: total,
		Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	return c.once(ctx, once, func(ctx context.Context, rows Rows) (order.Order, error) { return o, rows.Insert(ctx, o) })
}

func (c *Core) knownUser(ctx context.Context, id string) error {
	if id == "" {
		return status.New(status.Unauthenticated, "", "an order needs somebody who orders")
	}
	reply, err := c.users.Exists(ctx, user.ExistsRequest{ID: id})
	if err != nil {
		return err
	}
	if !reply.Exists {
		return status.New(status.NotFound, "user_not_found", "the account that orders does not exist any more")
	}
	return nil
}
