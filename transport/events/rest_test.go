package events_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

var errNoRoom = status.New(status.StorageFull, "", "no room")

// widths notes how many messages each Publish has.
func (h *house) widths() func() []int {
	var mu sync.Mutex
	var all []int
	next := h.publisher
	h.publisher = way(func(topic string, messages ...*message.Message) error {
		mu.Lock()
		all = append(all, len(messages))
		mu.Unlock()
		return next.Publish(topic, messages...)
	})
	return func() []int {
		mu.Lock()
		defer mu.Unlock()
		out := all
		all = nil
		return out
	}
}

// TestLineRests while its subscriber's disk is full: a batch asks from time to time, and when it is taken the others
// follow at once.
func TestLineRests(t *testing.T) {
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
		widths := h.widths()
		h.build(t)
		office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
		keys := (events.Slots + 1) * events.BatchSize
		if raceEnabled {
			keys = 2 * events.BatchSize
		}
		h.sellEach(t, keys, 1, 1)
		began := time.Now()
		h.subscribe(t)
		h.relay(t)
		pass(100 * time.Millisecond)
		require.LessOrEqual(t, len(widths()), events.Slots)
		pass(10 * time.Minute)
		asked := widths()
		require.Greater(t, len(asked), 50)
		require.Less(t, len(asked), 90, "ten seconds apart, in the end")
		require.Equal(t, []int{1, 1, 1, events.BatchSize}, asked[:4], "more than one when it gets long")
		require.LessOrEqual(t, slices.Max(asked), events.BatchSize)
		state := office.Lines()[0]
		require.Equal(t, []string{"shop", "till.ledger"}, []string{state.Module, state.Subscriber})
		require.True(t, state.Resting)
		require.Equal(t, "storage_full: no room", state.Reason)
		require.WithinDuration(t, began, state.Since, time.Second)
		require.WithinDuration(t, time.Now(), state.Until, 12*time.Second)
		require.Equal(t, map[string]float64{"shop till.ledger": 1}, series(t, h.registry, "holon_event_line_resting"))
		told := len(h.logs.of("subscriber takes nothing: its events wait"))
		require.Greater(t, told, 5, "a line a minute")
		require.LessOrEqual(t, told, 11)
		for _, e := range h.entries(t, events.Waiting) {
			require.Zero(t, e.Attempts)
		}

		full.Store(false)
		pass(12*time.Second + markTime)
		h.requireOrder(t, keys)
		require.Equal(t, events.BatchSize, widths()[0])
		require.Equal(t, events.LineState{Module: "shop", Subscriber: "till.ledger"}, office.Lines()[0])
		require.Equal(t, map[string]float64{"shop till.ledger": 0}, series(t, h.registry, "holon_event_line_resting"))
		require.Len(t, h.logs.of("subscriber takes events again"), 1)
	})
}

// TestNotNowAmongOthers puts off its own event and nothing else.
func TestNotNowAmongOthers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.handle = func(ctx context.Context, s sale) error {
			if s.Key == "key-7" {
				return errNoRoom
			}
			return h.post(ctx, s)
		}
		h.build(t)
		h.sellEach(t, 20, 1, 3)
		h.subscribe(t)
		h.relay(t)
		pass(markTime)
		h.requireOrder(t, 3*19)
		require.False(t, h.box.Lines()[0].Resting)
	})
}

// TestEventThatOthersGoPast is put off by itself, however often it comes alone: what keeps it keeps no other.
func TestEventThatOthersGoPast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.handle = func(ctx context.Context, s sale) error {
			if s.Key == "stuck" {
				return errNoRoom
			}
			return h.post(ctx, s)
		}
		h.run(t)
		h.sell(t, sale{Key: "stuck", Version: 1})
		pass(time.Minute)
		require.True(t, h.box.Lines()[0].Resting)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(12*time.Second + markTime)
		h.requireOrder(t, 1)
		for v := int64(2); v < 20; v++ {
			pass(10 * time.Second)
			h.sell(t, sale{Key: "a", Version: v})
			pass(markTime)
			h.requireOrder(t, int(v))
			require.False(t, h.box.Lines()[0].Resting)
		}
		require.Len(t, h.entries(t, events.Waiting), 1)
	})
}

// room has a disk with room for a few keys, those that ask first.
type room struct {
	mu    sync.Mutex
	has   map[string]bool
	free  int
	tries int
}

func (r *room) more(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = n
}

func (r *room) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tries
}

func (r *room) handle(next func(context.Context, sale) error) func(context.Context, sale) error {
	r.has = make(map[string]bool)
	return func(ctx context.Context, s sale) error {
		r.mu.Lock()
		r.tries++
		if !r.has[s.Key] && r.free > 0 {
			r.free--
			r.has[s.Key] = true
		}
		has := r.has[s.Key]
		r.mu.Unlock()
		if !has {
			return errNoRoom
		}
		return next(ctx, s)
	}
}

// TestRoomForAFew events is not enough to begin with short rests again.
func TestRoomForAFew(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var r room
		h.handle = r.handle(h.post)
		widths := h.widths()
		h.build(t)
		h.sellEach(t, 4*events.BatchSize, 1, 1)
		h.subscribe(t)
		h.relay(t)
		pass(time.Minute)
		_ = widths()
		r.more(1)
		pass(12 * time.Second)
		h.requireOrder(t, 1)
		require.LessOrEqual(t, len(widths()), 1+events.Slots+1, "one was taken, the others were not, and the line rests as long as before")
		require.True(t, h.box.Lines()[0].Resting)
	})
}

// TestFaultyPublisher has reached nobody, as far as is known; and that is told.
func TestFaultyPublisher(t *testing.T) {
	for name, row := range map[string]struct {
		fault func(n int) error
		want  string
	}{
		"panics": {func(int) error { panic("no route") }, "the publisher is faulty: panic: no route"},
		"answers for too few": {
			func(n int) error { return &events.PartialError{Errs: make([]error, n-1)} }, "the publisher is faulty: 1 answers to 2 messages",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				var sane atomic.Bool
				h.publisher = way(func(topic string, messages ...*message.Message) error {
					if !sane.Load() {
						return row.fault(len(messages))
					}
					return h.local.Publish(topic, messages...)
				})
				h.build(t)
				h.sellEach(t, 2, 1, 1)
				h.subscribe(t)
				h.relay(t)
				pass(30 * time.Second)
				require.Equal(t, row.want, h.box.Lines()[0].Reason)
				require.Len(t, h.logs.of("publisher broke its promise"), 1)
				require.Len(t, h.entries(t, events.Waiting), 2)
				sane.Store(true)
				pass(13 * time.Second)
				h.requireOrder(t, 2)
				require.Len(t, h.logs.of("publisher keeps its promise again"), 1)
			})
		})
	}
}

// TestReasonOfARest is one line, and short.
func TestReasonOfARest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.publisher = way(func(string, ...*message.Message) error {
			return errors.New(strings.Repeat("x", 300) + "\nand more")
		})
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(time.Second)
		require.Equal(t, strings.Repeat("x", events.MaxWhy), h.box.Lines()[0].Reason)
		_, err := h.box.Drop(t.Context(), events.Filter{})
		require.NoError(t, err)
		pass(15 * time.Second)
		require.False(t, h.box.Lines()[0].Resting, "nothing waits")
	})
}
