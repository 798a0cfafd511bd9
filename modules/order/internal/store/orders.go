package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holon/modules/order"
	"holon/modules/order/internal/store/db"
)

// last is above every id: the start of a list that is read backwards.
const last = "~"

func (r rows) Order(ctx context.Context, id string) (order.Order, error) {
	row, err := r.q.Order(ctx, id)
	if err != nil {
		return order.Order{}, found(err)
	}
	return fromRow(row)
}

func (r rows) OrdersBefore(ctx context.Context, userID string, s order.Status, before string, limit int) ([]order.Order, error) {
	if before == "" {
		before = last
	}
	var list []db.Order
	var err error
	n := int32(limit)
	switch {
	case userID != "" && s != "":
		list, err = r.q.OrdersOfUserInStatusBefore(ctx, db.OrdersOfUserInStatusBeforeParams{
			UserID: userID, Status: string(s), ID: before, Limit: n})
	case userID != "":
		list, err = r.q.OrdersOfUserBefore(ctx, db.OrdersOfUserBeforeParams{UserID: userID, ID: before, Limit: n})
	case s != "":
		list, err = r.q.OrdersInStatusBefore(ctx, db.OrdersInStatusBeforeParams{Status: string(s), ID: before, Limit: n})
	default:
		list, err = r.q.OrdersBefore(ctx, db.OrdersBeforeParams{ID: before, Limit: n})
	}
	if err != nil {
		return nil, err
	}
	out := make([]order.Order, len(list))
	for i, row := range list {
		if out[i], err = fromRow(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r rows) Insert(ctx context.Context, o order.Order) (bool, error) {
	items, err := json.Marshal(o.Items)
	if err != nil {
		return false, fmt.Errorf("encode the items of order %s: %w", o.ID, err)
	}
	n, err := r.q.InsertOrder(ctx, db.InsertOrderParams{
		ID: o.ID, UserID: o.UserID, Status: string(o.Status), Currency: o.Currency, Items: string(items),
		Total: o.Total, Version: o.Version, CreatedAt: o.CreatedAt.UnixMicro(), UpdatedAt: o.UpdatedAt.UnixMicro(),
	})
	return n > 0, err
}

func (r rows) SaveStatus(ctx context.Context, o order.Order) error {
	return r.q.SaveOrder(ctx, db.SaveOrderParams{
		ID: o.ID, Status: string(o.Status), Version: o.Version, UpdatedAt: o.UpdatedAt.UnixMicro(),
	})
}

func fromRow(row db.Order) (order.Order, error) {
	o := order.Order{
		ID: row.ID, UserID: row.UserID, Status: order.Status(row.Status), Currency: row.Currency, Total: row.Total,
		Version: row.Version, CreatedAt: time.UnixMicro(row.CreatedAt).UTC(), UpdatedAt: time.UnixMicro(row.UpdatedAt).UTC(),
	}
	if err := json.Unmarshal([]byte(row.Items), &o.Items); err != nil {
		return order.Order{}, fmt.Errorf("decode the items of order %s: %w", o.ID, err)
	}
	return o, nil
}
