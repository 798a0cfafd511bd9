package events_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

// doorman is a preparation that lets sales of the key "held" in one by one, and refuses those it is told to.
type doorman struct {
	arrived chan struct{}
	answer  chan error
}

func newDoorman() *doorman {
	return &doorman{arrived: make(chan struct{}, 100), answer: make(chan error)}
}

func (d *doorman) ask(ctx context.Context, s sale) error {
	if s.Key != "held" {
		return nil
	}
	d.arrived <- struct{}{}
	select {
	case err := <-d.answer:
		return err
	case <-ctx.Done():
		return errors.New("the test has forgotten about it")
	}
}

// guarded is a running house with a doorman.
func guarded(t *testing.T) (*house, *doorman) {
	t.Helper()
	h, d := newHouse(t), newDoorman()
	h.only(t, events.OnPrepared(sold, d.ask, h.post))
	return h, d
}

// TestRefusedKeepNobodyWaiting has all slots of those that were refused before taken for long.
func TestRefusedKeepNobodyWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		release := make(chan struct{})
		var tries atomic.Int64
		const many = 200
		h.only(t, events.OnPrepared(sold, func(_ context.Context, s sale) error {
			if s.Note == "" {
				return nil
			}
			if tries.Add(1) <= many {
				return errInk
			}
			<-release
			return nil
		}, h.post))
		var slow []sale
		for i := range many {
			slow = append(slow, sale{Key: fmt.Sprint("slow-", i), Version: 1, Note: "slow"})
		}
		h.sell(t, slow...)
		pass(2 * time.Second)
		require.EqualValues(t, many+events.Slots, tries.Load())
		for i := range 10 {
			h.sell(t, sale{Key: fmt.Sprint("quick-", i), Version: 1})
		}
		pass(0)
		require.Len(t, h.postings(t), 10)
		close(release)
		pass(time.Second)
		require.Len(t, h.postings(t), 10+many)
	})
}

// TestRetryOfOneInFlight has its past forgotten: the refusal that comes is its first.
func TestRetryOfOneInFlight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, d := guarded(t)
		h.sell(t, sale{Key: "held", Version: 1})
		<-d.arrived
		d.answer <- errInk
		pass(2 * time.Second)
		<-d.arrived
		require.Equal(t, 1, h.entries(t, events.Retrying)[0].Attempts)
		n, err := h.box.Retry(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		d.answer <- errInk
		pass(markTime)
		require.Equal(t, 1, h.entries(t, events.Retrying)[0].Attempts)
		n, err = h.box.Retry(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		<-d.arrived // at once
		d.answer <- nil
		pass(markTime)
		h.requireOrder(t, 1)
	})
}

// TestRetryAfterAStart takes up at once what an earlier process parked.
func TestRetryAfterAStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = nil
		h.handle = refuseAll
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		h.box.Stop()
		h.in.Stop()
		h.handle = h.post
		h.run(t)
		pass(time.Second)
		require.Empty(t, h.postings(t))
		n, err := h.box.Retry(t.Context(), events.Filter{State: events.Parked})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		pass(0)
		require.Len(t, h.postings(t), 1)
	})
}

// TestRetryReadsNothingTwice has the line go back for a dead letter, past a delivery that it holds.
func TestRetryReadsNothingTwice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = nil
		var calm atomic.Bool
		h.handle = func(ctx context.Context, s sale) error {
			switch {
			case calm.Load():
				return h.post(ctx, s)
			case s.Key == "poison":
				return errInk
			default:
				return status.New(status.Unavailable, "", "away")
			}
		}
		h.run(t)
		h.sell(t, sale{Key: "poison", Version: 1}, sale{Key: "a", Version: 1}, sale{Key: "a", Version: 2}, sale{Key: "b", Version: 1})
		pass(markTime)
		require.Len(t, h.entries(t, events.Parked), 1)
		calm.Store(true)
		n, err := h.box.Retry(t.Context(), events.Filter{State: events.Parked})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		pass(time.Minute)
		h.requireOrder(t, 4)
		for _, told := range h.logs.of("event handled") {
			require.Equal(t, false, told.attrs["again"], told.attrs["key"])
		}
		h.sell(t, sale{Key: "a", Version: 3}) // and goes on with what it is told of
		pass(0)
		h.requireOrder(t, 5)
	})
}

// TestDropOfOneInFlight ends its key's wait once it has landed, however it does.
func TestDropOfOneInFlight(t *testing.T) {
	for name, answer := range map[string]error{"delivered": nil, "refused": errInk} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h, d := guarded(t)
				h.sell(t, sale{Key: "held", Version: 1})
				<-d.arrived
				h.sell(t, sale{Key: "held", Version: 2})
				n, err := h.box.Drop(t.Context(), events.Filter{ID: h.sales(t)[0].ID})
				require.NoError(t, err)
				require.Equal(t, 1, n)
				pass(10 * time.Second)
				require.Empty(t, d.arrived, "its key waits")
				d.answer <- answer
				<-d.arrived
				d.answer <- nil
				pass(time.Minute)
				require.Empty(t, d.arrived)
				postings := h.postings(t)
				require.EqualValues(t, 2, postings[len(postings)-1].Version)
				backlog, err := h.shop.Backlog(t.Context())
				require.NoError(t, err)
				require.Empty(t, backlog)
			})
		})
	}
}

// TestDropOfOneThatWaits has its key go on at once.
func TestDropOfOneThatWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, d := guarded(t)
		h.sell(t, sale{Key: "held", Version: 1})
		<-d.arrived
		d.answer <- errInk
		pass(markTime)
		h.sell(t, sale{Key: "held", Version: 2})
		n, err := h.box.Drop(t.Context(), events.Filter{State: events.Retrying})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		<-d.arrived
		d.answer <- nil
		pass(markTime)
		require.EqualValues(t, 2, h.postings(t)[0].Version)
	})
}

func TestDeskThatFails(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	broken := errors.New("a bad sector")
	log := &faulty{Log: h.shop}
	h.log = log
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 1})
	log.fail(&log.backlog, func() error { return broken })
	n, err := h.box.Drop(t.Context(), events.Filter{})
	require.ErrorIs(t, err, broken, "it is done, and the count is not")
	require.Equal(t, 1, n)
	require.NoError(t, h.shop.db.Close(t.Context()))
	for what, do := range map[string]func() (int, error){
		"retry":  func() (int, error) { return h.box.Retry(t.Context(), events.Filter{}) },
		"drop":   func() (int, error) { return h.box.Drop(t.Context(), events.Filter{}) },
		"replay": func() (int, error) { return h.box.Replay(t.Context(), ledger.Name, "r", events.Filter{}) },
	} {
		_, err := do()
		require.ErrorContains(t, err, what+" events of shop: ")
	}
}

// TestOperatorAtWork has an operator retry and replay while everything is handed over and refused.
func TestOperatorAtWork(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = slices.Repeat([]time.Duration{time.Microsecond}, 1000)
		var calm atomic.Bool
		h.handle = func(ctx context.Context, s sale) error {
			if !calm.Load() {
				return errInk
			}
			return h.post(ctx, s)
		}
		h.run(t)
		h.sellEach(t, 10, 1, 2)
		var operators sync.WaitGroup
		for range 4 {
			operators.Go(func() {
				for range 25 {
					if _, err := h.box.Retry(t.Context(), events.Filter{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		operators.Wait()
		calm.Store(true)
		for range 3 { // a mark that was under way may park one that was just revived
			pass(time.Second)
			_, err := h.box.Retry(t.Context(), events.Filter{})
			require.NoError(t, err)
		}
		pass(time.Second)
		require.Len(t, h.postings(t), 20)
		require.Zero(t, h.open(t))
	})
}
