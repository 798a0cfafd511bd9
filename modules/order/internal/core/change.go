package core

import (
	"context"

	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// topic is what a change is announced under.
type topic = contract.Topic[order.Order]

// Confirm makes a created order confirmed, for an admin.
func (c *Core) Confirm(ctx context.Context, r order.ChangeRequest) (order.Result, error) {
	if !contract.PrincipalOf(ctx).Admin() {
		return order.Result{}, status.New(status.PermissionDenied, "", "only an admin may confirm orders")
	}
	return c.change(ctx, order.Confirm.Name, r, order.Confirmed, order.WasConfirmed)
}

// Cancel makes a created order cancelled, for its owner or an admin.
func (c *Core) Cancel(ctx context.Context, r order.ChangeRequest) (order.Result, error) {
	return c.change(ctx, order.Cancel.Name, r, order.Cancelled, order.WasCancelled)
}

func (c *Core) change(ctx context.Context, operation string, r order.ChangeRequest, to order.Status, was topic) (order.Result, error) {
	p := contract.PrincipalOf(ctx)
	once, err := onceOf(p, operation, r.Once)
	if err != nil {
		return order.Result{}, err
	}
	return c.once(ctx, once, func(ctx context.Context, rows Rows) (order.Order, error) {
		o, err := rows.Order(ctx, r.ID)
		if err != nil {
			return order.Order{}, err
		}
		if err := mine(p, o); err != nil {
			return order.Order{}, err
		}
		if o.Status != order.Created {
			return order.Order{}, status.New(status.Conflict, "wrong_order_status",
				"the order is %s; only a created one can become %s", o.Status, to).With("status", string(o.Status))
		}
		return c.become(ctx, rows, o, to, was)
	})
}

// become gives an order its new state and announces it.
func (c *Core) become(ctx context.Context, rows Rows, o order.Order, to order.Status, was topic) (order.Order, error) {
	o.Status = to
	o.Version++
	o.UpdatedAt = c.stamp()
	if err := rows.SaveStatus(ctx, o); err != nil {
		return order.Order{}, err
	}
	return o, c.facts.Announce(ctx, was.Fact(o))
}
