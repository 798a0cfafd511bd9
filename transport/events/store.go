package events

import (
	"context"
	"time"
)

// Log is the event log of one module: what it has announced and who has yet to get it.
type Log interface {
	// Append adds an event and a delivery for each subscriber to the transaction that ctx belongs to. It gives the event
	// its ID. committed is called with the deliveries once they are on disk, in the order of commits, and never when
	// the transaction is undone; it must not wait for anything.
	Append(ctx context.Context, e *Event, subscribers []string, committed func([]Delivery)) error

	// Open returns deliveries that are neither done nor parked, with ids above after, ascending, at most limit, without
	// their events.
	Open(ctx context.Context, after int64, limit int) ([]Delivery, error)

	// Load fills in the events of deliveries. One whose event is not there keeps a nil Event.
	Load(ctx context.Context, deliveries []*Delivery) error

	// Settle writes down, in one transaction, what became of deliveries. Those that are no longer there are passed over.
	Settle(ctx context.Context, outcomes []Outcome) error

	// Backlog counts what is not done, by subscriber.
	Backlog(ctx context.Context) ([]Backlog, error)

	// Forget removes up to limit events that are older than before and have no delivery left; it returns how many.
	Forget(ctx context.Context, before time.Time, limit int) (int, error)

	Desk
}

// Outcome is what became of a delivery.
type Outcome struct {
	ID    int64
	State State // Delivered, Retrying or Parked
	// For the latter two: how often it was refused by now, why the last time, and when it is due again.
	Attempts int
	Reason   string
	Due      time.Time
}

// Backlog is what a subscriber has yet to get from one log.
type Backlog struct {
	Subscriber string
	// Open are waiting or retrying. Of those, Replays are of events that had been delivered before, and Oldest is the time
	// of the oldest event of the others, zero for none.
	Open, Replays int
	Oldest        time.Time
	Parked        int
}

// Desk is what an operator does with a log.
type Desk interface {
	// List returns entries that the filter takes, newest event first.
	List(ctx context.Context, f Filter) ([]Entry, error)
	// Tail returns events with ids above after, oldest first, at most limit. With after "" it returns none but the last.
	Tail(ctx context.Context, after string, limit int) ([]Event, error)
	// Event returns an event with its payload; nil when the log has none with this id.
	Event(ctx context.Context, id string) (*Event, error)
	// Retry makes retrying and parked deliveries that the filter takes due at once, as if they had never been refused,
	// and returns them without their events.
	Retry(ctx context.Context, f Filter) ([]Delivery, error)
	// Drop removes waiting, retrying and parked deliveries that the filter takes, for good, and returns their ids.
	Drop(ctx context.Context, f Filter) ([]int64, error)
	// Replay makes a new delivery to one subscriber out of every event of the topics that the filter takes, oldest
	// first, under the given replay id, and returns how many. committed is called as by Append.
	Replay(ctx context.Context, subscriber, replay string, topics []string, f Filter, committed func([]Delivery)) (int, error)
}

// Filter takes what agrees with all of its fields; a zero field agrees with everything.
type Filter struct {
	ID         string
	Topic      string
	Key        string
	Subscriber string
	State      State
	// Since and Until bound the event's time: Since is in, Until is out.
	Since, Until time.Time
	// Before, an event's id, leaves only older ones: the next page of a list.
	Before string
	// Limit is how many entries List returns at most; the others ignore it.
	Limit int
}

// Entry is an event and what became of it for one subscriber. An event of a topic without subscribers has an entry
// without one, in state Delivered.
type Entry struct {
	Event      Event // without payload
	Subscriber string
	State      State
	Replay     string
	Attempts   int
	Due        time.Time
	Reason     string
}

// Inbox is what one module remembers of the events it has handled.
type Inbox interface {
	// Once runs fn in one transaction with the receipt, unless the receipt is there already. It reports whether fn ran.
	// What fn wrote stays when fn and Once return nil, and never otherwise.
	Once(ctx context.Context, r Receipt, fn func(context.Context) error) (ran bool, err error)
	// OnceEach is Once for several at once, in one transaction: it sets Ran of each, or undoes all and returns an error
	// when one of them fails. Each runs with the values of its own context.
	OnceEach(ctx context.Context, effects []*Effect) error
	// ForgetReceipts removes up to limit receipts that are older than before, and returns how many.
	ForgetReceipts(ctx context.Context, before time.Time, limit int) (int, error)
}

// Effect is what one event is to do, in a transaction with its receipt.
type Effect struct {
	Receipt
	// Context is that of the event's handler; Run gets its values and the transaction's.
	Context context.Context
	Run     func(context.Context) error
	// Ran is false when the receipt was there already.
	Ran bool
}

// Receipt identifies a delivery on the side of its subscriber.
type Receipt struct {
	Subscriber, Event, Replay string
}
