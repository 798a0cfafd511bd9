package events_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// requireOrder requires n postings, those of each key in the order of their versions.
func (h *house) requireOrder(t *testing.T, n int) {
	t.Helper()
	postings := h.postings(t)
	require.Len(t, postings, n)
	last := make(map[string]int64)
	for _, p := range postings {
		require.Greater(t, p.Version, last[p.Key], "%s is out of order", p.Key)
		last[p.Key] = p.Version
	}
}

// sellEach sells every key in every version from first to last, a transaction a version.
func (h *house) sellEach(t *testing.T, keys int, first, last int64) {
	t.Helper()
	for v := first; v <= last; v++ {
		var sales []sale
		for k := range keys {
			sales = append(sales, sale{Key: fmt.Sprint("key-", k), Version: v})
		}
		h.sell(t, sales...)
	}
}

// TestMoreThanFitInMemory has the line read from the log what it has no room for.
func TestMoreThanFitInMemory(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		events.SetLanesLimit(h.box, 8)
		h.sellEach(t, 5, 1, 10)
		h.subscribe(t)
		h.relay(t)
		h.sellEach(t, 5, 11, 30)
		pass(markTime)
		h.requireOrder(t, 150)
	})
}

// TestMoreThanOneRead has more wait than the line reads at once, for others, too.
func TestMoreThanOneRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		h.sellEach(t, 100, 1, events.FillBatch/100+2)
		h.shop.exec(t, `INSERT INTO deliveries SELECT id + 10000, event, 'some.other', key, replay, 0, 0, 0, '' FROM deliveries`)
		h.sellEach(t, 100, events.FillBatch/100+3, events.FillBatch/100+4)
		h.subscribe(t)
		h.relay(t)
		pass(markTime)
		h.requireOrder(t, 100*(events.FillBatch/100+4))
	})
}

// TestCommitsRaceWithReads has many sell while the line reads all the time.
func TestCommitsRaceWithReads(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		events.SetLanesLimit(h.box, 4)
		h.subscribe(t)
		h.relay(t)
		var sellers sync.WaitGroup
		for seller := range 8 {
			sellers.Go(func() {
				for v := int64(1); v <= 20; v++ {
					if err := h.announce(t.Context(), sold, sale{Key: fmt.Sprint("key-", seller), Version: v}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		sellers.Wait()
		pass(markTime)
		h.requireOrder(t, 160)
	})
}

// TestCommitBetweenReadAndUse is what that race comes down to.
func TestCommitBetweenReadAndUse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		log := &faulty{Log: h.shop}
		h.log = log
		h.build(t)
		h.sell(t, sale{Key: "a", Version: 1})
		version := int64(1)
		log.fail(&log.opened, func() error {
			if version < 5 {
				version++
				return h.announce(t.Context(), sold, sale{Key: "a", Version: version})
			}
			return nil
		})
		h.subscribe(t)
		h.relay(t)
		pass(markTime)
		h.requireOrder(t, 5)
	})
}

// TestDropBetweenReadAndUse has an operator drop what the line has just read: it is not handed over.
func TestDropBetweenReadAndUse(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		log := &faulty{Log: h.shop}
		h.log = log
		h.build(t)
		h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "b", Version: 1}, sale{Key: "b", Version: 2})
		log.fail(&log.opened, func() error {
			log.fail(&log.opened, nil)
			n, err := h.box.Drop(t.Context(), events.Filter{ID: h.sales(t)[1].ID})
			require.NoError(t, err)
			require.Equal(t, 1, n)
			return nil
		})
		h.subscribe(t)
		h.relay(t)
		pass(markTime)
		h.requireOrder(t, 2)
		for _, p := range h.postings(t) { // keys go side by side
			require.Equal(t, map[string]int64{"a": 1, "b": 2}[p.Key], p.Version)
		}
	})
}

// TestDeliveriesNobodyToldOf are found when the line looks by itself.
func TestDeliveriesNobodyToldOf(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		other, err := events.NewOutbox(h.outboxParams())
		require.NoError(t, err)
		h.box, other = other, h.box
		h.sell(t, sale{Key: "a", Version: 2})
		pass(events.PollEvery - 2*markTime)
		h.requireOrder(t, 1)
		pass(2 * markTime)
		h.requireOrder(t, 2)
		other.Stop()
	})
}

func TestLogThatCannotBeRead(t *testing.T) {
	for name, which := range map[string]func(*faulty) *func() error{
		"deliveries": func(f *faulty) *func() error { return &f.open },
		"events":     func(f *faulty) *func() error { return &f.load },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				log := &faulty{Log: h.shop}
				h.log = log
				h.build(t)
				h.sell(t, sale{Key: "a", Version: 1})
				var failures atomic.Int64
				log.fail(which(log), func() error {
					if failures.Add(1) <= 3 {
						return errors.New("a bad sector")
					}
					return nil
				})
				h.subscribe(t)
				h.relay(t)
				pass(markTime)
				state := h.box.Lines()[0]
				require.True(t, state.Resting)
				require.Equal(t, name+" not read: a bad sector", state.Reason)
				pass(3 * time.Second)
				h.requireOrder(t, 1)
				require.False(t, h.box.Lines()[0].Resting)
				require.Len(t, h.logs.of(name+" not read"), 1, "told when it begins")
				require.Len(t, h.logs.of(name+" are read again"), 1, "and when it is over")
				require.Empty(t, h.entries(t, events.Retrying), "nobody has refused it")
			})
		})
	}
}

// TestEventThatIsGone has its deliveries parked, where an operator sees them, and the others handed over.
func TestEventThatIsGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		h.sellEach(t, 4, 1, 2)
		h.shop.exec(t, `DELETE FROM events WHERE key IN ('key-1', 'key-2') AND version = 1`)
		h.build(t)
		h.subscribe(t)
		h.relay(t)
		pass(markTime)
		h.requireOrder(t, 6)
		parked := h.entries(t, events.Parked)
		require.Len(t, parked, 2)
		for _, e := range parked {
			require.Equal(t, "the event is no longer in the log", e.Reason)
		}
		h.shop.exec(t, `DELETE FROM events`)
		n, err := h.box.Retry(t.Context(), events.Filter{State: events.Parked})
		require.NoError(t, err)
		require.Equal(t, 2, n)
		pass(markTime)
		require.Len(t, h.entries(t, events.Parked), 2)
	})
}

// TestSubscriberOutOfReach rests the line longer and longer, up to ten seconds, and a word from the subscriber ends
// that. Once it has delivered for a while, it begins anew.
func TestSubscriberOutOfReach(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var away atomic.Bool
		var tries []time.Time
		away.Store(true)
		h.publisher = way(func(topic string, messages ...*message.Message) error {
			if away.Load() {
				tries = append(tries, time.Now())
				return errors.New("connection refused")
			}
			return h.local.Publish(topic, messages...)
		})
		h.run(t)
		rests := func(version int64) {
			t.Helper()
			h.sell(t, sale{Key: "a", Version: version})
			pass(2 * time.Minute)
			rest := 250 * time.Millisecond
			for i := range tries[1:] {
				requireAbout(t, rest, tries[i+1].Sub(tries[i]))
				rest = min(2*rest, 10*time.Second)
			}
			require.Equal(t, 10*time.Second, rest)
		}
		rests(1)
		require.Zero(t, h.entries(t, events.Waiting)[0].Attempts)
		away.Store(false)
		pass(13 * time.Second)
		h.requireOrder(t, 1)
		pass(13 * time.Second)
		away.Store(true)
		tries = nil
		rests(2)
		away.Store(false)
		pass(13 * time.Second)
		h.requireOrder(t, 2)
	})
}

// TestAnswerThatIsLost is no refusal: it comes again, and its key waits for it.
func TestAnswerThatIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		lost := 5 // more often than there are retries
		h.publisher = way(func(topic string, messages ...*message.Message) error {
			if err := h.local.Publish(topic, messages...); err != nil || lost == 0 {
				return err
			}
			lost--
			errs := make([]error, len(messages))
			errs[0] = errors.New("connection lost")
			return &events.PartialError{Errs: errs}
		})
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "a", Version: 2})
		pass(markTime)
		require.Len(t, h.entries(t, events.Waiting), 2)
		require.Len(t, h.postings(t), 1)
		pass(time.Minute)
		h.requireOrder(t, 2)
		require.Zero(t, h.open(t))
	})
}
