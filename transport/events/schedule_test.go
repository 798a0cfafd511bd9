package events_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

var errInk = errors.New("out of ink")

func refuseAll(context.Context, sale) error { return errInk }

// handOvers notes when each event is handed over, by its id.
type handOvers struct {
	mu    sync.Mutex
	times map[string][]time.Time
}

// watch has the way from shop to till noted.
func (h *house) watch() *handOvers {
	o := &handOvers{times: make(map[string][]time.Time)}
	next := h.publisher
	h.publisher = way(func(topic string, messages ...*message.Message) error {
		o.mu.Lock()
		for _, m := range messages {
			o.times[m.UUID] = append(o.times[m.UUID], time.Now())
		}
		o.mu.Unlock()
		return next.Publish(topic, messages...)
	})
	return o
}

func (o *handOvers) of(id string) []time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.times[id]
}

// requireAbout requires d to be want, as much as what is spread by 20 % can be.
func requireAbout(t *testing.T, want, d time.Duration) {
	t.Helper()
	require.GreaterOrEqual(t, d, want*8/10)
	require.LessOrEqual(t, d, want*12/10+time.Millisecond)
}

func TestRetrySchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = []time.Duration{10 * time.Second, 100 * time.Second}
		h.handle = refuseAll
		handed := h.watch()
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		id := h.sales(t)[0].ID

		for attempt := 1; attempt <= 2; attempt++ {
			pass(markTime)
			times := handed.of(id)
			require.Len(t, times, attempt)
			entry := h.entries(t, events.Retrying)[0]
			require.Equal(t, attempt, entry.Attempts)
			require.Equal(t, "out of ink", entry.Reason)
			pause := h.settings.Retry[attempt-1]
			requireAbout(t, pause, entry.Due.Sub(times[attempt-1]))
			pass(time.Until(entry.Due) - time.Millisecond)
			require.Len(t, handed.of(id), attempt, "not before its time")
			pass(2 * time.Millisecond)
			require.Len(t, handed.of(id), attempt+1)
		}
		pass(markTime)
		entry := h.entries(t, events.Parked)[0]
		require.Equal(t, 3, entry.Attempts)
		require.Zero(t, entry.Due)
		told := h.logs.of("event parked")
		require.Len(t, told, 1)
		require.Equal(t, "holon events retry --id "+id, told[0].attrs["hint"])
		pass(time.Hour)
		require.Len(t, handed.of(id), 3)
		require.Empty(t, h.postings(t), "a refusal undoes what the handler wrote")
	})
}

// TestRetriesAreSpread: what failed together does not come back together.
func TestRetriesAreSpread(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = []time.Duration{100 * time.Second}
		h.handle = refuseAll
		h.run(t)
		var sales []sale
		for i := range 100 {
			sales = append(sales, sale{Key: fmt.Sprint("key-", i), Version: 1})
		}
		h.sell(t, sales...)
		pass(markTime)
		quarters := make(map[time.Duration]int)
		for _, e := range h.entries(t, events.Retrying) {
			pause := e.Due.Sub(e.Event.Time)
			requireAbout(t, 100*time.Second, pause)
			quarters[(pause-80*time.Second)/(10*time.Second)]++
		}
		require.GreaterOrEqual(t, len(quarters), 4)
	})
}

// TestAttemptsGoOn has the relay start anew between two refusals.
func TestAttemptsGoOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.handle = refuseAll
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(2 * time.Second)
		require.Equal(t, 2, h.entries(t, events.Retrying)[0].Attempts)
		h.box.Stop()
		h.in.Stop()
		h.run(t)
		pass(13 * time.Second)
		require.Equal(t, 3, h.entries(t, events.Parked)[0].Attempts)
	})
}

func TestNoSchedule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = nil
		h.handle = refuseAll
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Equal(t, 1, h.entries(t, events.Parked)[0].Attempts)
	})
}

// TestNotNow has a subscriber that cannot work for longer than the whole schedule. That is no attempt, and the rests
// grow to ten seconds.
func TestNotNow(t *testing.T) {
	for name, answer := range map[string]error{
		"unavailable":  status.New(status.Unavailable, "", "who I must ask is away"),
		"storage full": fmt.Errorf("post: %w", status.New(status.StorageFull, "", "no room")),
		"canceled":     context.Canceled,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				h.handle = func(context.Context, sale) error { return answer }
				handed := h.watch()
				h.run(t)
				h.sell(t, sale{Key: "a", Version: 1})
				pass(10 * time.Minute)
				entry := h.entries(t, events.Waiting)[0]
				require.Zero(t, entry.Attempts)
				times := handed.of(entry.Event.ID)
				require.Greater(t, len(times), 50)
				rest := 250 * time.Millisecond
				for i := range times[1:] {
					requireAbout(t, rest, times[i+1].Sub(times[i]))
					rest = min(2*rest, 10*time.Second)
				}
			})
		})
	}
}
