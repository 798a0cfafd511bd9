package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// longest is how long a line rests at most, and the marks that follow.
const longest = 12*time.Second + markTime

// refuses has till refuse, as if there were no room, the keys that begin with "stuck".
func (h *house) refuses() {
	h.handle = func(ctx context.Context, s sale) error {
		if strings.HasPrefix(s.Key, "stuck") {
			return errNoRoom
		}
		return h.post(ctx, s)
	}
}

// sellStuck sells n of those keys.
func (h *house) sellStuck(t *testing.T, n int) {
	t.Helper()
	var sales []sale
	for i := range n {
		sales = append(sales, sale{Key: fmt.Sprint("stuck-", i), Version: 1})
	}
	h.sell(t, sales...)
}

// TestManyStuckKeys cost the others a pause, and once more, until they are known; then nothing.
func TestManyStuckKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.refuses()
		h.run(t)
		h.sellStuck(t, 5*events.BatchSize)
		pass(time.Minute)
		require.True(t, h.box.Lines()[0].Resting)
		const keys = 2 * events.BatchSize
		h.sellEach(t, keys, 1, 1)
		pass(longest)
		h.requireOrder(t, keys)
		h.sellEach(t, keys, 2, 4)
		pass(longest)
		h.requireOrder(t, 4*keys)
		for v := int64(5); v < 15; v++ {
			pass(10 * time.Second)
			h.sellEach(t, keys, v, v)
			pass(markTime)
			h.requireOrder(t, int(v)*keys)
			require.False(t, h.box.Lines()[0].Resting)
		}
		require.Len(t, h.entries(t, events.Waiting), 5*events.BatchSize)
	})
}

// TestPutOffBehindStuckKeys: what was put off together with keys that stay stuck is asked about in turn.
func TestPutOffBehindStuckKeys(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var full atomic.Bool
		full.Store(true)
		h.handle = func(ctx context.Context, s sale) error {
			if full.Load() || strings.HasPrefix(s.Key, "stuck") {
				return errNoRoom
			}
			return h.post(ctx, s)
		}
		h.build(t)
		h.sellStuck(t, events.BatchSize+10)
		h.sellEach(t, 10, 1, 1)
		h.subscribe(t)
		h.relay(t)
		pass(time.Minute)
		full.Store(false)
		pass(2 * longest)
		h.requireOrder(t, 10)
	})
}

// TestRefusedBeforeBehindStuckKey: an event whose time to be tried again has come is asked about, too.
func TestRefusedBeforeBehindStuckKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var refused atomic.Bool
		h.handle = func(ctx context.Context, s sale) error {
			switch {
			case s.Key == "stuck":
				return errNoRoom
			case refused.CompareAndSwap(false, true):
				return errInk
			}
			return h.post(ctx, s)
		}
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Len(t, h.entries(t, events.Retrying), 1)
		h.sell(t, sale{Key: "stuck", Version: 1})
		pass(6 * time.Second)
		h.requireOrder(t, 1)
	})
}

// TestDiskThatFlickers has room for one event now and then, so that all the others look as if they were stuck by
// themselves. When it has none for good, they are not asked about one by one.
func TestDiskThatFlickers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var r room
		h.handle = r.handle(h.post)
		widths := h.widths()
		h.run(t)
		const keys = 3 * events.BatchSize
		h.sellEach(t, keys, 1, 1)
		pass(time.Minute)
		for range 10 {
			r.more(1)
			pass(13 * time.Second)
		}
		pass(2 * time.Minute)
		_ = widths()
		tries := r.tried()
		pass(5 * time.Minute)
		require.Less(t, len(widths()), 45)
		require.Less(t, r.tried()-tries, 45*2*events.BatchSize, "each once in its batch and once alone")
		require.True(t, h.box.Lines()[0].Resting)
		r.more(keys)
		pass(longest)
		h.requireOrder(t, keys)
	})
}

// TestRestThatEndsWithItsEvents is over when an operator has dropped them; the next begins anew.
func TestRestThatEndsWithItsEvents(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.refuses()
		h.run(t)
		h.sellStuck(t, 3)
		pass(time.Minute)
		require.True(t, h.box.Lines()[0].Resting)
		_, err := h.box.Drop(t.Context(), events.Filter{})
		require.NoError(t, err)
		pass(time.Second)
		require.Equal(t, events.LineState{Module: "shop", Subscriber: "till.ledger"}, h.box.Lines()[0])
		pass(time.Hour)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Empty(t, h.logs.of("subscriber takes events again"), "that rest was over before")
		pass(time.Minute)
		began := time.Now()
		h.sellStuck(t, 1)
		pass(time.Second)
		require.WithinDuration(t, began, h.box.Lines()[0].Since, time.Second)
	})
}

// TestRetryOfARestingLine asks at once, also about what was never refused and is none of the operator's list.
func TestRetryOfARestingLine(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var full atomic.Bool
		full.Store(true)
		h.handle = func(ctx context.Context, s sale) error {
			if full.Load() {
				return errNoRoom
			}
			return h.post(ctx, s)
		}
		h.run(t)
		h.sellEach(t, 10, 1, 2)
		pass(5 * time.Minute)
		pass(time.Until(h.box.Lines()[0].Until) + time.Second) // a pause has begun
		full.Store(false)
		_, err := h.box.Retry(t.Context(), events.Filter{Subscriber: mirror.Name})
		require.NoError(t, err)
		pass(markTime)
		require.Empty(t, h.postings(t), "another's")
		_, err = h.box.Retry(t.Context(), events.Filter{Subscriber: ledger.Name})
		require.NoError(t, err)
		pass(markTime)
		h.requireOrder(t, 20)
	})
}

// TestLogAndSubscriberFail at the same time: that the log is read again says nothing of the subscriber.
func TestLogAndSubscriberFail(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		log := &faulty{Log: h.shop}
		h.log = log
		h.refuses()
		widths := h.widths()
		h.run(t)
		h.sellStuck(t, 1)
		pass(time.Minute)
		before := h.box.Lines()[0]
		log.fail(&log.open, func() error { return errors.New("a bad sector") })
		pass(time.Minute)
		require.Len(t, h.logs.of("deliveries not read"), 1)
		_ = widths()
		log.fail(&log.open, nil)
		pass(time.Minute)
		require.Len(t, h.logs.of("deliveries are read again"), 1)
		after := h.box.Lines()[0]
		require.Equal(t, before.Since, after.Since)
		require.Equal(t, "storage_full: no room", after.Reason)
		require.LessOrEqual(t, len(widths()), 8, "it rests as before")
	})
}
