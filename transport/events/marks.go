package events

import (
	"context"
	"slices"
	"sync"
	"time"
)

// marks gathers what became of deliveries and writes it down in batches. A mark that is lost costs a hand-over more.
type marks struct {
	outbox *Outbox
	wake   chan struct{}

	mu      sync.Mutex
	pending []Outcome

	unwritten trouble
}

func newMarks(o *Outbox) *marks {
	return &marks{outbox: o, wake: make(chan struct{}, 1)}
}

func (m *marks) add(out Outcome) {
	m.mu.Lock()
	m.pending = append(m.pending, out)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// wait returns how long to hand nothing more over because so much is unwritten, 0 when it is not.
func (m *marks) wait() time.Duration {
	m.mu.Lock()
	many := len(m.pending) >= maxMarks
	m.mu.Unlock()
	if !many {
		return 0
	}
	if _, err := m.unwritten.last(); err != nil {
		return markRest
	}
	return markEvery
}

// run writes until ctx ends. What is added later is left to close.
func (m *marks) run(ctx context.Context) {
	last := context.WithoutCancel(ctx) // a batch that was begun is finished
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.wake:
		}
		wait := markEvery
		for wait > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			wait = m.flush(last)
		}
	}
}

// close writes what is left, once nobody adds any more.
func (m *marks) close(ctx context.Context) {
	for {
		if wait := m.flush(ctx); wait == 0 || wait == markRest {
			return
		}
	}
}

// flush writes a batch and returns after how long there should be another: 0 when nothing is left, markRest when the
// storage refused.
func (m *marks) flush(ctx context.Context) time.Duration {
	m.mu.Lock()
	batch := slices.Clone(m.pending[:min(len(m.pending), markBatch)])
	m.mu.Unlock()
	if len(batch) == 0 {
		return 0
	}
	if err := m.outbox.store.Settle(ctx, batch); err != nil {
		if m.unwritten.again(err) {
			m.outbox.log.ErrorContext(ctx, "deliveries not marked; unless it succeeds they are handed over again", "err", err)
		}
		return markRest
	}
	if lasted, tell := m.unwritten.over(); tell {
		m.outbox.log.InfoContext(ctx, "deliveries are marked again", "after", lasted)
	}
	closed := 0
	for _, out := range batch {
		if out.State != Retrying {
			closed++
		}
	}
	m.outbox.open.Add(int64(-closed))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending = slices.Delete(m.pending, 0, len(batch))
	switch {
	case len(m.pending) == 0:
		return 0
	case len(m.pending) >= markBatch:
		return time.Nanosecond // they have gathered already
	default:
		return markEvery
	}
}
