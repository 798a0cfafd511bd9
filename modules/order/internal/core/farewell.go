package core

import (
	"context"

	"holon/modules/order"
	"holon/modules/user"
)

// cancelBatch is how many orders are cancelled in one transaction: the writer is shared with those who order.
const cancelBatch = 100

// CancelOrders cancels the created orders of a deleted user; confirmed ones stay. It writes transactions of its own:
// first that the user is gone, so that no order comes after those it looks for. It stops between them when ctx ends. It
// may be repeated, and what it did before it failed stays done.
func (c *Core) CancelOrders(ctx context.Context, e user.Changed) error {
	if err := c.store.Update(ctx, heard(Customer{UserID: e.ID, Version: e.Version, Deleted: true})); err != nil {
		return err
	}
	for before := ""; ; {
		var found []order.Order
		// Looking for them may take long, so it is done where nobody waits for it.
		err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
			found, err = rows.OrdersBefore(ctx, e.ID, order.Created, before, cancelBatch)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		if err := c.store.Update(ctx, c.cancelling(found)); err != nil {
			return err
		}
		before = found[len(found)-1].ID
	}
}

// cancelling cancels those of the orders that are still created.
func (c *Core) cancelling(found []order.Order) func(context.Context, Rows) error {
	return func(ctx context.Context, rows Rows) error {
		for _, o := range found {
			o, err := rows.Order(ctx, o.ID)
			if err != nil {
				return err
			}
			if o.Status != order.Created {
				continue
			}
			if _, err := c.become(ctx, rows, o, order.Cancelled, order.WasCancelled); err != nil {
				return err
			}
		}
		return nil
	}
}
