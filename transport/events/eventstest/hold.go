package eventstest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/events"
)

// hold stops whoever passes, once it is armed, until it lets go.
type hold struct {
	armed             atomic.Bool
	reached, released chan struct{}
	reach, letGo      func()
}

func newHold() *hold {
	h := &hold{reached: make(chan struct{}), released: make(chan struct{})}
	h.reach = sync.OnceFunc(func() { close(h.reached) })
	h.letGo = sync.OnceFunc(func() { close(h.released) })
	return h
}

// pass reports whether it has stopped the caller for a while.
func (h *hold) pass() bool {
	if !h.armed.Load() {
		return false
	}
	h.reach()
	<-h.released
	return true
}

var errKilled = errors.New("killed")

// swallows takes messages and never gets to a handler.
type swallows struct {
	message.Publisher
	*hold
}

func (p swallows) Publish(topic string, messages ...*message.Message) error {
	if p.pass() {
		return errKilled
	}
	return p.Publisher.Publish(topic, messages...)
}

// deafens hands messages over and does not hear the answer.
type deafens struct {
	message.Publisher
	*hold
}

func (p deafens) Publish(topic string, messages ...*message.Message) error {
	err := p.Publisher.Publish(topic, messages...)
	if p.pass() {
		return errKilled
	}
	return err
}

// forgets writes no marks down.
type forgets struct {
	events.Log
	*hold
}

func (l forgets) Settle(ctx context.Context, outcomes []events.Outcome) error {
	if l.pass() {
		return errKilled
	}
	return l.Log.Settle(ctx, outcomes)
}
