package events_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

// counting counts how an inbox is asked; refuse is what it says of a batch, after its effects have run, nil to ask the
// inbox.
type counting struct {
	events.Inbox
	alone, batches *atomic.Int64
	refuse         func(error) error
}

func (i counting) Once(ctx context.Context, r events.Receipt, fn func(context.Context) error) (bool, error) {
	i.alone.Add(1)
	return i.Inbox.Once(ctx, r, fn)
}

func (i counting) OnceEach(ctx context.Context, effects []*events.Effect) error {
	i.batches.Add(1)
	return i.refuse(i.Inbox.OnceEach(ctx, effects))
}

// TestBatchThatFails is tried one by one when it may be for one of them, and not when the store takes nothing.
func TestBatchThatFails(t *testing.T) {
	raw := errors.New("database or disk is full")
	for name, row := range map[string]struct {
		handler error
		store   func(error) error
		alone   bool
	}{
		"the disk was full at the commit": {nil, func(error) error { return errNoRoom }, false},
		"the store is closed":             {nil, func(error) error { return status.New(status.Unavailable, "storage_closed", "closed") }, false},
		"the disk was full under a statement": {
			raw, func(err error) error { return status.New(status.StorageFull, "", "no room").Because(err) }, false,
		},
		"a handler has no room": {errNoRoom, func(err error) error { return err }, true},
		"a handler fails":       {raw, func(err error) error { return err }, true},
		"the store fails":       {nil, func(error) error { return raw }, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				var alone, batches atomic.Int64
				h.inbox = func(i events.Inbox) events.Inbox { return counting{i, &alone, &batches, row.store} }
				h.handle = func(context.Context, sale) error { return row.handler }
				h.build(t)
				h.sellEach(t, 50, 1, 1)
				h.subscribe(t)
				h.relay(t)
				pass(100 * time.Millisecond)
				require.Positive(t, batches.Load())
				if row.alone {
					require.Greater(t, alone.Load(), int64(40))
				} else {
					require.Zero(t, alone.Load())
				}
			})
		})
	}
}
