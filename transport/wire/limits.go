package wire

import (
	"errors"
	"fmt"
	"time"
)

// The limits that are part of the format: both sides must agree on them.
const (
	// MaxMessage is the most bytes of a call with its header, or of a reply.
	MaxMessage = 4 << 20
	// maxPayload is the most bytes of a frame after its head.
	maxPayload = 64 << 10
	// maxHello is the most bytes of a hello.
	maxHello = 256 << 10
	// maxHeader is the most bytes of a call's header.
	maxHeader = 16 << 10
	// maxLarge is how many messages a sender may have under way in chunks. With MaxMessage it bounds what a receiver
	// keeps of a connection's unfinished messages: 16 MiB.
	maxLarge = 4
)

// Limits are what one side bears. Both sides of a connection have their own.
type Limits struct {
	Calls       int           // calls in flight on a connection; further ones are refused unsent or unbegun
	Pending     int           // bytes that wait to be written on a connection; who adds to them waits
	Handshake   time.Duration // from connecting or accepting until both hellos are there
	Quiet       time.Duration // nothing heard for so long: a ping
	Answer      time.Duration // nothing heard for so long after it: the peer is dead
	Connections int           // connections a server keeps, those that shake hands too
	Held        int64         // bytes of calls a server keeps, arriving or being worked on; further calls are refused
}

// DefaultLimits suit nodes of one data centre.
func DefaultLimits() Limits {
	return Limits{
		Calls:       4096,            // a peer that has more open is not helped by waiting longer
		Pending:     1 << 20,         // a few milliseconds of a slow network
		Handshake:   5 * time.Second, // a lost packet is sent again after one and three seconds
		Quiet:       5 * time.Second, // shorter costs wake-ups, longer keeps callers of a dead node waiting
		Answer:      5 * time.Second, // a stop-the-world of a loaded machine is shorter
		Connections: 1024,            // far more than nodes
		Held:        256 << 20,       // 64 of the largest messages
	}
}

// Validate names every limit that makes no sense.
func (l Limits) Validate() error {
	var errs []error
	for _, row := range []struct {
		name string
		ok   bool
		want string
	}{
		{"Calls", l.Calls > 0, "positive"},
		{"Pending", l.Pending >= maxPayload, fmt.Sprintf("at least %d", maxPayload)},
		{"Handshake", l.Handshake > 0, "positive"},
		{"Quiet", l.Quiet > 0, "positive"},
		{"Answer", l.Answer > 0, "positive"},
		{"Connections", l.Connections > 0, "positive"},
		{"Held", l.Held >= MaxMessage, fmt.Sprintf("at least %d", MaxMessage)},
	} {
		if !row.ok {
			errs = append(errs, fmt.Errorf("limit %s must be %s", row.name, row.want))
		}
	}
	return errors.Join(errs...)
}
