// Package order is the contract of the order module: what people have ordered and what became of it. It holds no
// rules; those are the module's own.
package order

import (
	"context"
	"time"

	"holon/transport/contract"
)

// Status is where an order stands. Created leads to Confirmed or Cancelled, and both are final. When an account is
// deleted its created orders are cancelled, those too that were placed before the module heard of it.
type Status string

// The states of an order.
const (
	Created   Status = "created"
	Confirmed Status = "confirmed"
	Cancelled Status = "cancelled"
)

// Item is a line of an order. UnitPrice is in minor units of the order's currency.
type Item struct {
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"`
	UnitPrice int64  `json:"unit_price"`
}

// Order is what a user has ordered. Total is the sum of quantity × unit price, in minor units.
type Order struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	Status    Status    `json:"status"`
	Currency  string    `json:"currency"`
	Items     []Item    `json:"items"`
	Total     int64     `json:"total"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Version counts the changes of the order, from 1.
	Version int64 `json:"version"`
}

// Limits of an order.
const (
	MaxItems = 100
	MaxSKU   = 64
)

// Service is what the module answers. Every method may also fail with Unavailable (nothing was begun; trying again is
// safe), DeadlineExceeded and Internal. The three that change something take a contract.Once and answer a repeat with
// the first answer, marked Replayed, or with Invalid "idempotency_key_reused" when the key comes with another request.
type Service interface {
	// Place makes an order for the principal. Invalid names the field at fault, also for a total that overflows;
	// NotFound "user_not_found" when the principal's account is gone; StorageFull. The user module is asked only for a
	// user this one has not heard of yet; others order while it is away.
	Place(ctx context.Context, r PlaceRequest) (Result, error)

	// Get returns an order to its owner or an admin. NotFound for anybody else, so that ids tell nothing.
	Get(ctx context.Context, r GetRequest) (Order, error)

	// List returns orders, newest first: the principal's own, or for an admin those of UserID or of everybody.
	// PermissionDenied for others' orders; Invalid for a bad cursor, limit or status.
	List(ctx context.Context, r ListRequest) (Page, error)

	// Confirm makes a created order confirmed, for an admin. PermissionDenied, NotFound; Conflict
	// "wrong_order_status" says the state the order is in.
	Confirm(ctx context.Context, r ChangeRequest) (Result, error)

	// Cancel makes a created order cancelled, for its owner or an admin. NotFound, Conflict as for Confirm.
	Cancel(ctx context.Context, r ChangeRequest) (Result, error)
}

// PlaceRequest asks for an order.
type PlaceRequest struct {
	Currency string        `json:"currency"`
	Items    []Item        `json:"items"`
	Once     contract.Once `json:"once"`
}

// GetRequest asks for an order.
type GetRequest struct {
	ID string `json:"id"`
}

// ListRequest asks for a page. Empty filters leave everything the principal may see; Limit 0 means
// contract.DefaultPageLimit.
type ListRequest struct {
	UserID string `json:"user_id,omitempty"`
	Status Status `json:"status,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// Page is a part of the list; NextCursor is empty on the last one.
type Page struct {
	Items      []Order `json:"items"`
	NextCursor string  `json:"next_cursor,omitempty"`
}

// ChangeRequest names the order to change.
type ChangeRequest struct {
	ID   string        `json:"id"`
	Once contract.Once `json:"once"`
}

// Result is the order as the change left it. Replayed says that an earlier request with this key made the change and
// this is its answer.
type Result struct {
	Order    Order `json:"order"`
	Replayed bool  `json:"replayed,omitempty"`
}
