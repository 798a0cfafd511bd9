package events_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// open counts what shop's log has open.
func (h *house) open(t *testing.T) (n int) {
	t.Helper()
	backlog, err := h.shop.Backlog(t.Context())
	require.NoError(t, err)
	for _, b := range backlog {
		n += b.Open
	}
	return n
}

// TestMarksThatAreRefused are written later, and nothing is handed over again for that.
func TestMarksThatAreRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var failures atomic.Int64
		h.log = &faulty{Log: h.shop, settle: func() error {
			if failures.Add(1) <= 3 {
				return errors.New("a bad sector")
			}
			return nil
		}}
		handed := h.watch()
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Equal(t, 1, h.open(t))
		h.sell(t, sale{Key: "a", Version: 2})
		pass(2 * events.MarkRest)
		require.Equal(t, 2, h.open(t))
		require.EqualValues(t, 3, failures.Load())
		require.Len(t, h.logs.of("deliveries not marked; unless it succeeds they are handed over again"), 1, "told when it begins")
		pass(events.MarkRest)
		require.Zero(t, h.open(t))
		require.Len(t, h.logs.of("deliveries are marked again"), 1, "and when it is over")
		h.requireOrder(t, 2)
		for _, e := range h.sales(t) {
			require.Len(t, handed.of(e.ID), 1)
		}
	})
}

// TestMarksThatAreLost have everything handed over again after a start, and done once.
func TestMarksThatAreLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.log = &faulty{Log: h.shop, settle: func() error { return errors.New("a bad sector") }}
		handed := h.watch()
		h.run(t)
		h.sellEach(t, 4, 1, 2)
		pass(time.Second)
		h.box.Stop()
		h.in.Stop()
		require.Equal(t, 8, h.open(t))
		h.log = h.shop
		h.run(t)
		pass(time.Second)
		require.Zero(t, h.open(t))
		h.requireOrder(t, 8)
		for _, e := range h.sales(t) {
			require.Len(t, handed.of(e.ID), 2)
		}
	})
}

// TestTooManyMarks has the relay wait when it does not get what was delivered written down.
func TestTooManyMarks(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("thousands of events")
	}
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var handed atomic.Int64
		h.publisher = way(func(_ string, messages ...*message.Message) error {
			handed.Add(int64(len(messages)))
			return nil
		})
		var broken atomic.Bool
		broken.Store(true)
		h.log = &faulty{Log: h.shop, settle: func() error {
			if broken.Load() {
				return errors.New("a bad sector")
			}
			return nil
		}}
		h.build(t)
		const keys, transactions = 500, events.MaxMarks/500 + 6
		h.sellEach(t, keys, 1, transactions)
		h.relay(t)
		pass(10 * time.Minute)
		require.LessOrEqual(t, len(h.logs.of("deliveries not marked; unless it succeeds they are handed over again")), 11, "a line a minute")
		state := h.box.Lines()[0]
		require.True(t, state.Resting)
		require.Equal(t, "deliveries not marked: a bad sector", state.Reason)
		require.GreaterOrEqual(t, int(handed.Load()), events.MaxMarks)
		require.LessOrEqual(t, int(handed.Load()), events.MaxMarks+events.Slots*events.BatchSize)
		broken.Store(false)
		pass(10 * time.Second)
		require.EqualValues(t, keys*transactions, handed.Load())
		require.Zero(t, h.open(t))
		require.False(t, h.box.Lines()[0].Resting)
	})
}
