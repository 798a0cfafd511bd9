package store

import (
	"context"

	"holon/modules/order"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

func (r rows) Order(ctx context.Context, userID, id string) (core.Sums, core.Order, error) {
	row, err := r.q.UserOrder(ctx, db.UserOrderParams{ID: userID, OrderID: id})
	if err != nil {
		return nil, core.Order{}, found(err)
	}
	sums, err := decodeSums(row.OrderSums)
	return sums, core.Order{
		UserID: userID, ID: id, Version: row.Version, Status: order.Status(row.Status), Currency: row.Currency, Total: row.Total,
	}, err
}

func (r rows) PutOrder(ctx context.Context, o core.Order) error {
	return r.q.PutUserOrder(ctx, db.PutUserOrderParams{
		UserID: o.UserID, OrderID: o.ID, Version: o.Version, Status: string(o.Status), Currency: o.Currency, Total: o.Total,
	})
}

func (r rows) SaveSums(ctx context.Context, userID string, s core.Sums) error {
	return r.q.SaveOrderSums(ctx, db.SaveOrderSumsParams{ID: userID, OrderSums: encodeSums(s)})
}
