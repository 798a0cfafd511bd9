package events_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// TestHangingStore keeps events from being looked at: that refuses none of them.
func TestHangingStore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Timeout = time.Second
		release := make(chan struct{})
		var hangs atomic.Bool
		hangs.Store(true)
		h.inbox = func(i events.Inbox) events.Inbox { return hanging{i, release, &hangs} }
		h.build(t)
		h.subscribe(t)
		h.relay(t)
		h.sellEach(t, 300, 1, 1)
		pass(10 * time.Minute)
		entries, err := h.shop.List(t.Context(), events.Filter{State: events.Parked})
		require.NoError(t, err)
		require.LessOrEqual(t, len(entries), 128, "those that the store had taken alone may be given up")
		hangs.Store(false)
		close(release)
		_, err = h.box.Retry(t.Context(), events.Filter{State: events.Parked})
		require.NoError(t, err)
		pass(5 * time.Minute)
		h.requireOrder(t, 300)
	})
}

// hanging takes effects and does not come back before it is released.
type hanging struct {
	events.Inbox
	release chan struct{}
	hangs   *atomic.Bool
}

func (i hanging) OnceEach(ctx context.Context, effects []*events.Effect) error {
	if i.hangs.Load() {
		<-i.release
	}
	return i.Inbox.OnceEach(ctx, effects)
}
