package eventstest

import (
	"context"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/events"
)

// Features are what a backend promises beyond the least.
type Features struct {
	// Refuses says that a Publish to a topic without a subscriber is an error. A backend that does not refuse keeps the
	// messages until there is one.
	Refuses bool
	// Judges says that Publish tells the outcome of each message by itself. A backend that does not is asked to hand
	// over the whole batch again.
	Judges bool
	// KeyOrder says that a subscriber gets the events of a key in the order they were committed.
	KeyOrder bool
}

// Setup makes what the tests run on. Everything is gone after the test.
type Setup struct {
	Features
	// Pubsub returns a new backend.
	Pubsub func(t *testing.T) (message.Publisher, message.Subscriber)
	// Store opens the store of a module in a folder, or makes it. It is open until Close or the end of the test.
	Store func(t *testing.T, dir, module string) Store
}

// Store is a module's database, as far as events are concerned.
type Store interface {
	events.Log
	events.Inbox
	// Update runs fn in a transaction.
	Update(ctx context.Context, fn func(context.Context) error) error
	// Image copies the files of the store, as a crash at this moment would leave them, into another folder. Nothing is
	// written meanwhile.
	Image(t *testing.T, dir string)
	Close(t *testing.T)
}
