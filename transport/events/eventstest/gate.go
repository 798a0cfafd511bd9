package eventstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"holon/transport/events"
)

// gated is a store whose every write holds the gate, so that whoever has it for himself knows that nothing is written.
type gated struct {
	Store
	gate *sync.RWMutex
}

func (g gated) Update(ctx context.Context, fn func(context.Context) error) error {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Update(ctx, fn)
}

func (g gated) Once(ctx context.Context, r events.Receipt, fn func(context.Context) error) (bool, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Once(ctx, r, fn)
}

func (g gated) OnceEach(ctx context.Context, effects []*events.Effect) error {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.OnceEach(ctx, effects)
}

func (g gated) Settle(ctx context.Context, outcomes []events.Outcome) error {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Settle(ctx, outcomes)
}

func (g gated) Forget(ctx context.Context, before time.Time, limit int) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Forget(ctx, before, limit)
}

func (g gated) ForgetReceipts(ctx context.Context, before time.Time, limit int) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.ForgetReceipts(ctx, before, limit)
}

func (g gated) Retry(ctx context.Context, f events.Filter) ([]events.Delivery, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Retry(ctx, f)
}

func (g gated) Drop(ctx context.Context, f events.Filter) ([]int64, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Drop(ctx, f)
}

func (g gated) Replay(
	ctx context.Context, subscriber, replay string, topics []string, f events.Filter, committed func([]events.Delivery),
) (int, error) {
	g.gate.RLock()
	defer g.gate.RUnlock()
	return g.Store.Replay(ctx, subscriber, replay, topics, f, committed)
}

// crash returns the world that a process killed at this moment leaves, opened and at rest. The old one goes on by itself
// and is not seen again. A backend that keeps messages keeps them across the crash.
func (w *world) crash(t *testing.T) *world {
	t.Helper()
	w.gate.Lock()
	defer w.gate.Unlock()
	return w.image(t)
}

// image is crash for a caller who knows that nothing is being written.
func (w *world) image(t *testing.T) *world {
	t.Helper()
	next := &world{setup: w.setup, settings: w.settings, dir: t.TempDir(), gate: new(sync.RWMutex)}
	w.shop.Image(t, next.dir)
	w.till.Image(t, next.dir)
	if !w.setup.Refuses {
		next.pub, next.sub = w.pub, w.sub
	}
	next.open(t)
	return next
}
