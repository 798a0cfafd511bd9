package eventstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// Path holds the whole way from a commit to its effect against what is promised. Keys and versions say how much is sent
// in the largest of the tests.
func Path(t *testing.T, s Setup, keys, versions int) {
	t.Run("an event has its effect once", s.simple)
	t.Run("what is not committed is not delivered", s.undone)
	t.Run("handed over three times by two relays", s.thrice)
	t.Run("order of a key", func(t *testing.T) { s.order(t, keys, versions) })
	t.Run("a poison event is parked and can be retried", func(t *testing.T) { s.poison(t, keys*versions/10) })
	t.Run("nobody subscribes yet", s.absent)
	t.Run("not now is no attempt", s.notNow)
	t.Run("replay", s.replay)
	t.Run("drop", s.drop)
}

const patience = 60 * time.Second

func (s Setup) simple(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.run(t)
	w.sell(t, sold, sale{"a", 1}, sale{"b", 1})
	w.sell(t, repaid, sale{"a", 2})
	w.settled(t, patience)
	w.exact(t)
	w.ordered(t)
	for _, p := range w.postings(t) {
		require.NotEmpty(t, p.Cause)
	}
}

func (s Setup) undone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.run(t)
	w.undo(t, sale{"a", 1})
	w.sell(t, sold, sale{"b", 1})
	w.settled(t, patience)
	w.exact(t)
	require.Len(t, w.postings(t), 1)
}

// thrice publishes everything three times, and has a second relay do the same beside the first.
type thrice struct{ message.Publisher }

func (p thrice) Publish(topic string, messages ...*message.Message) error {
	copies := func() []*message.Message {
		out := make([]*message.Message, len(messages))
		for i, m := range messages {
			out[i] = m.Copy()
			out[i].SetContext(m.Context())
		}
		return out
	}
	var others sync.WaitGroup
	for range 2 {
		again := copies() // before the first is on its way: from then on it is the router's
		others.Go(func() { _ = p.Publisher.Publish(topic, again...) })
	}
	err := p.Publisher.Publish(topic, messages...)
	others.Wait()
	return err
}

func (s Setup) thrice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.publisher = func(p message.Publisher) message.Publisher { return thrice{p} }
	w.boxes = nil
	w.box(t)
	w.box(t)
	w.run(t)
	w.sellMany(t, 50, 4)
	w.settled(t, patience)
	w.exact(t)
}

// order has one of three events refused, at random, and wants no key out of order.
func (s Setup) order(t *testing.T, keys, versions int) {
	t.Parallel()
	w := newWorld(t, s)
	for range 20 { // so many refusals in a row that none is parked, which would let its key go on
		w.settings.Retry = append(w.settings.Retry, time.Millisecond)
	}
	w.boxes = nil
	w.box(t)
	w.refuse = func(sale) error {
		if rand.IntN(3) == 0 {
			return errors.New("not this time")
		}
		return nil
	}
	w.run(t)
	w.sellMany(t, keys, versions)
	w.settled(t, 5*patience)
	w.exact(t)
	if s.KeyOrder {
		w.ordered(t)
	}
}

func (s Setup) poison(t *testing.T, others int) {
	t.Parallel()
	w := newWorld(t, s)
	var mu sync.Mutex
	fixed, tries := false, 0
	w.refuse = func(p sale) error {
		mu.Lock()
		defer mu.Unlock()
		if p.Key != "poison" || fixed {
			return nil
		}
		tries++
		return errors.New("this one cannot be handled")
	}
	w.run(t)
	w.sell(t, sold, sale{"poison", 1})
	w.sellMany(t, max(others/10, 1), 10)
	w.sell(t, sold, sale{"poison", 2})
	w.settled(t, patience)
	w.tellLag(t)

	entries, err := w.shop.List(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Len(t, entries, 2, "the second comes after the first was parked, and fails by itself")
	for _, e := range entries {
		require.Equal(t, "poison", e.Event.Key)
		require.Contains(t, e.Reason, "this one cannot be handled")
		require.Equal(t, len(w.settings.Retry)+1, e.Attempts)
	}
	require.GreaterOrEqual(t, tries, 2*(len(w.settings.Retry)+1), "and once more whenever it spoilt a batch")

	mu.Lock()
	fixed = true
	mu.Unlock()
	n, err := w.boxes[0].Retry(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	w.settled(t, patience)
	w.exact(t)
	n, err = w.boxes[0].Retry(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Zero(t, n)
}

func (s Setup) absent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.relay(t)
	w.sellMany(t, 20, 3)
	w.subscribe(t)
	w.settled(t, patience)
	w.exact(t)
	w.ordered(t)
	entries, err := w.shop.List(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Empty(t, entries, "who is away has refused nothing")
}

func (s Setup) replay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.run(t)
	w.sell(t, sold, sale{"a", 1}, sale{"b", 1})
	w.sell(t, repaid, sale{"a", 2})
	w.settled(t, patience)
	for round := 1; round <= 2; round++ {
		n, err := w.boxes[0].Replay(t.Context(), ledger.Name, fmt.Sprint("replay-", round), events.Filter{Key: "a"})
		require.NoError(t, err)
		require.Equal(t, 2, n)
		w.settled(t, patience)
		times := make(map[string]int)
		for _, p := range w.postings(t) {
			times[fmt.Sprint(p.Key, p.Version)]++
		}
		require.Equal(t, map[string]int{"a1": 1 + round, "a2": 1 + round, "b1": 1}, times, "once more for every replay")
	}
	n, err := w.boxes[0].Replay(t.Context(), ledger.Name, "replay-topic", events.Filter{Topic: repaid.Name})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = w.boxes[0].Replay(t.Context(), "till.nobody", "replay-nobody", events.Filter{})
	require.NoError(t, err)
	require.Zero(t, n)
}

func (s Setup) drop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.settings.Retry = []time.Duration{time.Hour}
	w.boxes = nil
	w.box(t)
	w.refuse = func(p sale) error {
		if p.Version == 1 {
			return errors.New("never")
		}
		return nil
	}
	w.run(t)
	w.sell(t, sold, sale{"a", 1}, sale{"b", 1})
	w.sell(t, repaid, sale{"a", 2})
	require.Eventually(t, func() bool {
		entries, err := w.shop.List(t.Context(), events.Filter{State: events.Retrying})
		require.NoError(t, err)
		return len(entries) == 2
	}, patience, time.Millisecond)
	n, err := w.boxes[0].Drop(t.Context(), events.Filter{Key: "a", State: events.Retrying})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Eventually(t, func() bool { return len(w.postings(t)) == 1 }, patience, time.Millisecond, "its key goes on")
	require.EqualValues(t, 2, w.postings(t)[0].Version)
	require.Eventually(t, func() bool {
		backlog, err := w.shop.Backlog(t.Context())
		require.NoError(t, err)
		return len(backlog) == 1 && backlog[0].Open == 1 // that it is done is written a little later
	}, patience, time.Millisecond)
	n, err = w.boxes[0].Drop(t.Context(), events.Filter{})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	w.settled(t, patience)
}
