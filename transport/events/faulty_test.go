package events_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/events"
)

// faulty is a log whose functions a test may have asked first: what they return other than nil is the outcome.
type faulty struct {
	events.Log
	mu                                sync.Mutex
	open, load, settle, backlog, tail func() error
	list, event, forget               func() error
	// opened is called between a read of open deliveries and its use.
	opened func() error
}

// fail sets one of the functions.
func (f *faulty) fail(which *func() error, fn func() error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*which = fn
}

func (f *faulty) ask(which *func() error) error {
	f.mu.Lock()
	fn := *which
	f.mu.Unlock()
	if fn == nil {
		return nil
	}
	return fn()
}

func (f *faulty) Open(ctx context.Context, after int64, limit int) ([]events.Delivery, error) {
	if err := f.ask(&f.open); err != nil {
		return nil, err
	}
	open, err := f.Log.Open(ctx, after, limit)
	return open, errors.Join(err, f.ask(&f.opened))
}

func (f *faulty) Load(ctx context.Context, deliveries []*events.Delivery) error {
	if err := f.ask(&f.load); err != nil {
		return err
	}
	return f.Log.Load(ctx, deliveries)
}

func (f *faulty) Settle(ctx context.Context, outcomes []events.Outcome) error {
	if err := f.ask(&f.settle); err != nil {
		return err
	}
	return f.Log.Settle(ctx, outcomes)
}

func (f *faulty) Backlog(ctx context.Context) ([]events.Backlog, error) {
	if err := f.ask(&f.backlog); err != nil {
		return nil, err
	}
	return f.Log.Backlog(ctx)
}

func (f *faulty) Tail(ctx context.Context, after string, limit int) ([]events.Event, error) {
	if err := f.ask(&f.tail); err != nil {
		return nil, err
	}
	return f.Log.Tail(ctx, after, limit)
}

func (f *faulty) List(ctx context.Context, filter events.Filter) ([]events.Entry, error) {
	if err := f.ask(&f.list); err != nil {
		return nil, err
	}
	return f.Log.List(ctx, filter)
}

func (f *faulty) Event(ctx context.Context, id string) (*events.Event, error) {
	if err := f.ask(&f.event); err != nil {
		return nil, err
	}
	return f.Log.Event(ctx, id)
}

func (f *faulty) Forget(ctx context.Context, before time.Time, limit int) (int, error) {
	if err := f.ask(&f.forget); err != nil {
		return 0, err
	}
	return f.Log.Forget(ctx, before, limit)
}

// way is a Publisher that is one function.
type way func(topic string, messages ...*message.Message) error

func (w way) Publish(topic string, messages ...*message.Message) error { return w(topic, messages...) }
func (way) Close() error                                               { return nil }
