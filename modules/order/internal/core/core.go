package core

import (
	"context"
	"errors"
	"time"

	"holon/modules/order"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// ErrNotFound is what a Store answers when there is no such row.
var ErrNotFound = errors.New("not found")

// Store keeps the rows. View reads, Update writes: what fn did is kept when fn and Update return nil, and never
// otherwise.
type Store interface {
	View(ctx context.Context, fn func(context.Context, Rows) error) error
	Update(ctx context.Context, fn func(context.Context, Rows) error) error
}

// Rows are the operations inside View and Update.
type Rows interface {
	Order(ctx context.Context, id string) (order.Order, error)
	// OrdersBefore returns orders with ids below before ("" for all), newest first; empty filters filter nothing.
	OrdersBefore(ctx context.Context, userID string, s order.Status, before string, limit int) ([]order.Order, error)
	Insert(ctx context.Context, o order.Order) error
	// SaveStatus keeps status, version and time of change.
	SaveStatus(ctx context.Context, o order.Order) error

	Answer(ctx context.Context, scope Scope) (Answer, error)
	PutAnswer(ctx context.Context, a Answer) error
	// RemoveAnswers forgets up to limit answers given before a time and returns how many it forgot.
	RemoveAnswers(ctx context.Context, before time.Time, limit int) (int, error)
}

// Users is what the module asks of the user module.
type Users interface {
	Exists(ctx context.Context, r user.ExistsRequest) (user.ExistsReply, error)
}

// Core is the module.
type Core struct {
	store Store
	users Users
	now   func() time.Time
}

// New returns the module's rules over a store. now is the clock, time.Now but in tests.
func New(store Store, users Users, now func() time.Time) *Core {
	return &Core{store: store, users: users, now: now}
}

// stamp is the present as it is stored and sent: UTC with microseconds.
func (c *Core) stamp() time.Time { return c.now().UTC().Truncate(time.Microsecond) }

func errNoOrder() error {
	return status.New(status.NotFound, "order_not_found", "there is no such order")
}

// mine hides what belongs to others: an order is not there for whoever may not see it.
func mine(p contract.Principal, o order.Order) error {
	if p.Subject != "" && (o.UserID == p.Subject || p.Admin()) {
		return nil
	}
	return errNoOrder()
}

func failure(err error) error {
	if errors.Is(err, ErrNotFound) {
		return errNoOrder()
	}
	return err
}
