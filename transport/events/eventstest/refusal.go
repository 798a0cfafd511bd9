package eventstest

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

// notNow has a subscriber that cannot work for longer than the whole schedule of retries.
func (s Setup) notNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.settings.Retry = []time.Duration{time.Millisecond}
	w.boxes = nil
	w.box(t)
	var tries atomic.Int64
	w.refuse = func(sale) error {
		if tries.Add(1) <= 3 {
			return status.New(status.Unavailable, "", "the one I must ask is away")
		}
		return nil
	}
	w.run(t)
	w.sell(t, sold, sale{"a", 1})
	w.settled(t, patience)
	w.exact(t)
	entries, err := w.shop.List(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Empty(t, entries)
}

// undo announces a sale in a transaction that then fails.
func (w *world) undo(t *testing.T, s sale) {
	t.Helper()
	undone := errors.New("undone")
	require.ErrorIs(t, w.shop.Update(t.Context(), func(ctx context.Context) error {
		require.NoError(t, w.boxes[0].Announce(ctx, sold.Fact(s)))
		return undone
	}), undone)
}
