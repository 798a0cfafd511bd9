package events

import (
	"strings"
	"time"
)

// Event is a fact in its envelope, as it is kept and sent.
type Event struct {
	// ID is a UUIDv7. Ids of one log ascend in the order of commits, also when the clock is set back.
	ID    string `json:"id"`
	Topic string `json:"topic"`
	// Key is what the fact is about, Version the key's version that it made.
	Key     string `json:"key"`
	Version int64  `json:"version"`
	// Schema is the version of the payload's shape.
	Schema int       `json:"schema"`
	Time   time.Time `json:"time"`
	// Trace is the W3C traceparent of the request that led here, "" for none.
	Trace string `json:"trace,omitempty"`
	// Cause is the id of the event whose handling announced this one, "" when a request did.
	Cause string `json:"cause,omitempty"`
	// Data is the payload, JSON.
	Data []byte `json:"-"`
}

// Module returns the module that announced the event.
func (e *Event) Module() string {
	module, _, _ := strings.Cut(e.Topic, ".")
	return module
}

// Delivery is an event on its way to one subscriber.
type Delivery struct {
	// ID ascends within a log, in the order of commits.
	ID         int64
	EventID    string
	Key        string
	Subscriber string
	// Replay is the id of the replay that made the delivery, "" for the first one.
	Replay string
	// Attempts is how often the subscriber has refused it, Due when it may be tried next (zero: at once).
	Attempts int
	Due      time.Time
	// Event is nil where only the delivery was read.
	Event *Event
}

// State is where a delivery stands.
type State string

// The states. A delivery that was never refused is Waiting, also while it is in flight.
const (
	Waiting   State = "waiting"
	Retrying  State = "retrying"
	Parked    State = "parked"
	Delivered State = "delivered"
)

// States returns all of them.
func States() []State { return []State{Waiting, Retrying, Parked, Delivered} }
