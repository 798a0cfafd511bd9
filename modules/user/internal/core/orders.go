package core

import (
	"context"
	"errors"

	"holon/modules/order"
)

// Order is what the module keeps of an order: enough to tell old news from new, and to take it out of the sums again.
type Order struct {
	UserID, ID string
	Version    int64
	Status     order.Status
	Currency   string
	Total      int64
}

// share is what the order adds to its owner's sums.
func (o Order) share() Sum {
	if o.Version == 0 || o.Status == order.Cancelled {
		return Sum{}
	}
	return Sum{Currency: o.Currency, Orders: 1, Low: uint64(o.Total)}
}

// OrderChanged takes an order into account as it is now, in the transaction that ctx belongs to. News may come late,
// twice or in any order: the highest version seen is what counts. Of those whose account is gone, nothing is kept.
func (c *Core) OrderChanged(ctx context.Context, o order.Order) error {
	return c.store.Join(ctx, func(ctx context.Context, rows Rows) error {
		sums, before, err := rows.Order(ctx, o.UserID, o.ID)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil || o.Version <= before.Version:
			return err
		}
		after := Order{UserID: o.UserID, ID: o.ID, Version: o.Version, Status: o.Status, Currency: o.Currency, Total: o.Total}
		if err := rows.PutOrder(ctx, after); err != nil {
			return err
		}
		was, is := before.share(), after.share()
		if was == is {
			return nil
		}
		if was.Orders > 0 {
			sums.take(was)
		}
		if is.Orders > 0 {
			sums.add(is)
		}
		return rows.SaveSums(ctx, o.UserID, sums)
	})
}
