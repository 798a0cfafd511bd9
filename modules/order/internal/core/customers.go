package core

import (
	"context"
	"errors"

	"holon/modules/order"
	"holon/modules/user"
	"holon/transport/status"
)

// Customer is what the module has heard of a user: from events, and version 0 from an answer of the user module. A
// deletion is final, so its row stays. With it at hand known users order while the user module is away.
type Customer struct {
	UserID  string
	Version int64
	Deleted bool
}

// errStranger is the end of a transaction for a user nothing was heard of.
var errStranger = errors.New("nothing was heard of this user")

// admit adds an order of a user who was heard of or is vouched for, and remembers the latter. It belongs in one
// transaction: of an order and a deletion one comes first, and either the order is refused or the deletion finds it.
func admit(ctx context.Context, rows Rows, o order.Order, vouched bool) error {
	if vouched {
		if err := rows.MergeCustomer(ctx, Customer{UserID: o.UserID}); err != nil {
			return err
		}
	}
	added, err := rows.Insert(ctx, o)
	if added || err != nil {
		return err
	}
	switch _, err := rows.Customer(ctx, o.UserID); {
	case err == nil: // heard of, so it is the deletion
		return errUserGone()
	case errors.Is(err, ErrNotFound):
		return errStranger
	default:
		return err
	}
}

// vouch asks the user module for an account.
func (c *Core) vouch(ctx context.Context, id string) error {
	reply, err := c.users.Exists(ctx, user.ExistsRequest{ID: id})
	if err != nil {
		return err
	}
	if !reply.Exists {
		return errUserGone()
	}
	return nil
}

func errUserGone() error {
	return status.New(status.NotFound, "user_not_found", "the account that orders does not exist any more")
}

// UserChanged notes, in the transaction that ctx belongs to, that a user exists. Old news change nothing.
func (c *Core) UserChanged(ctx context.Context, e user.Changed) error {
	return c.store.Join(ctx, heard(Customer{UserID: e.ID, Version: e.Version}))
}

// UserDeleted notes, in the transaction that ctx belongs to, that a user is gone for good.
func (c *Core) UserDeleted(ctx context.Context, e user.Changed) error {
	return c.store.Join(ctx, heard(Customer{UserID: e.ID, Version: e.Version, Deleted: true}))
}

func heard(c Customer) func(context.Context, Rows) error {
	return func(ctx context.Context, rows Rows) error { return rows.MergeCustomer(ctx, c) }
}
