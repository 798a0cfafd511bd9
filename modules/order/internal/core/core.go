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
// otherwise. Join runs fn in the transaction that ctx belongs to; whoever gets an error returns it.
type Store interface {
	View(ctx context.Context, fn func(context.Context, Rows) error) error
	Update(ctx context.Context, fn func(context.Context, Rows) error) error
	Join(ctx context.Context, fn func(context.Context, Rows) error) error
}

// Rows are the operations inside View, Update and Join.
type Rows interface {
	Order(ctx context.Context, id string) (order.Order, error)
	// OrdersBefore returns orders with ids below before ("" for all), newest first; empty filters filter nothing.
	OrdersBefore(ctx context.Context, userID string, s order.Status, before string, limit int) ([]order.Order, error)
	// Insert adds an order if its user was heard of and is not deleted, and reports whether it did.
	Insert(ctx context.Context, o order.Order) (bool, error)
	// SaveStatus keeps status, version and time of change.
	SaveStatus(ctx context.Context, o order.Order) error

	Customer(ctx context.Context, userID string) (Customer, error)
	// MergeCustomer adds to what was heard of a user. The highest version stays, and so does a deletion.
	MergeCustomer(ctx context.Context, c Customer) error

	Answer(ctx context.Context, scope Scope) (Answer, error)
	// PutAnswer keeps an answer, unless there is one for its key that was given after the time expired, and reports
	// whether it did.
	PutAnswer(ctx context.Context, a Answer, expired time.Time) (bool, error)
	// RemoveAnswers forgets up to limit answers given before a time and returns how many it forgot.
	RemoveAnswers(ctx context.Context, before time.Time, limit int) (int, error)
}

// Users is what the module asks of the user module.
type Users interface {
	Exists(ctx context.Context, r user.ExistsRequest) (user.ExistsReply, error)
}

// Announcer tells others what has happened.
type Announcer interface {
	// Announce adds a fact to the transaction that ctx belongs to: it is kept, and then reaches everybody who listens, or
	// undone with it. Whoever gets an error returns it.
	Announce(ctx context.Context, f contract.Fact) error
}

// Core is the module.
type Core struct {
	store Store
	users Users
	facts Announcer
	now   func() time.Time
}

// New returns the module's rules over a store. now is the clock, time.Now but in tests.
func New(store Store, users Users, facts Announcer, now func() time.Time) *Core {
	return &Core{store: store, users: users, facts: facts, now: now}
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
