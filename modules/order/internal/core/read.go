package core

import (
	"context"

	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

const listName = "orders"

// Get returns an order to its owner or an admin.
func (c *Core) Get(ctx context.Context, r order.GetRequest) (order.Order, error) {
	var o order.Order
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		o, err = rows.Order(ctx, r.ID)
		return err
	})
	if err == nil {
		err = mine(contract.PrincipalOf(ctx), o)
	}
	if err != nil {
		return order.Order{}, failure(err)
	}
	return o, nil
}

// List returns orders, newest first: ids are UUIDv7 and grow with time.
func (c *Core) List(ctx context.Context, r order.ListRequest) (order.Page, error) {
	p := contract.PrincipalOf(ctx)
	switch {
	case p.Subject == "":
		return order.Page{}, status.New(status.Unauthenticated, "", "a list of orders needs somebody whose they are")
	case p.Admin():
	case r.UserID != "" && r.UserID != p.Subject:
		return order.Page{}, status.New(status.PermissionDenied, "", "only an admin may list the orders of others")
	default:
		r.UserID = p.Subject
	}
	switch r.Status {
	case "", order.Created, order.Confirmed, order.Cancelled:
	default:
		return order.Page{}, status.New(status.Invalid, "", "status must be created, confirmed or cancelled, not %.16q", r.Status)
	}
	limit, err := contract.PageLimit(r.Limit)
	if err != nil {
		return order.Page{}, status.New(status.Invalid, "", "%v", err)
	}
	before, err := contract.DecodeCursor(listName, r.Cursor)
	if err != nil {
		return order.Page{}, status.New(status.Invalid, "invalid_cursor", "the cursor is %v", err).
			With(status.DetailHint, "use next_cursor of the page before as it is")
	}
	var found []order.Order
	err = c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		found, err = rows.OrdersBefore(ctx, r.UserID, r.Status, before, limit+1)
		return err
	})
	if err != nil {
		return order.Page{}, err
	}
	page := order.Page{Items: found}
	if len(found) > limit {
		page.Items = found[:limit]
		page.NextCursor = contract.EncodeCursor(listName, found[limit-1].ID)
	}
	return page, nil
}
