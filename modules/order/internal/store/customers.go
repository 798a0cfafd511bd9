package store

import (
	"context"

	"holon/modules/order/internal/core"
	"holon/modules/order/internal/store/db"
)

func (r rows) Customer(ctx context.Context, userID string) (core.Customer, error) {
	row, err := r.q.Customer(ctx, userID)
	return core.Customer(row), found(err)
}

func (r rows) MergeCustomer(ctx context.Context, c core.Customer) error {
	return r.q.MergeCustomer(ctx, db.MergeCustomerParams(c))
}
