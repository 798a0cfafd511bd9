package eventstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// Edges kills the process at every edge of an event's life. The files as they were at that moment are all that is left,
// and a new process goes on with them: every committed sale has its effect, once, and in order.
func Edges(t *testing.T, s Setup) {
	t.Run("killed before the commit", s.beforeCommit)
	t.Run("killed before the hand-over", s.beforeHandOver)
	t.Run("killed after the hand-over", s.beforeEffect)
	t.Run("killed in the middle of the effect", s.amidEffect)
	t.Run("killed before the acknowledgement", s.beforeAck)
	t.Run("killed before the mark", s.beforeMark)
	t.Run("killed while a retry waits", s.amidRetry)
	t.Run("killed with events parked", s.whileParked)
}

// The sales of each test: each of some keys in some versions.
const (
	someKeys     = 5
	someVersions = 3
	someSales    = someKeys * someVersions
)

// held is a world with one sale done and the others held up where put says, and h lets them go.
func (s Setup) held(t *testing.T, put func(w *world, h *hold)) (w *world, h *hold) {
	t.Helper()
	w, h = newWorld(t, s), newHold()
	put(w, h)
	w.boxes = nil
	w.box(t)
	w.run(t)
	t.Cleanup(h.letGo)
	w.sell(t, sold, sale{"first", 1})
	w.settled(t, patience)
	h.armed.Store(true)
	w.sellMany(t, someKeys, someVersions)
	<-h.reached
	return w, h
}

// goesOn has a world after a crash do what is left.
func (w *world) goesOn(t *testing.T) {
	t.Helper()
	w.run(t)
	w.settled(t, patience)
	w.exact(t)
	if w.setup.KeyOrder {
		w.ordered(t)
	}
}

// waiting counts what shop has yet to deliver.
func (w *world) waiting(t *testing.T) (n int) {
	t.Helper()
	backlog, err := w.shop.Backlog(t.Context())
	require.NoError(t, err)
	for _, b := range backlog {
		n += b.Open
	}
	return n
}

func (s Setup) beforeCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.sellMany(t, someKeys, someVersions)
	var next *world
	require.NoError(t, w.shop.Update(t.Context(), func(ctx context.Context) error {
		if err := w.boxes[0].Announce(ctx, sold.Fact(sale{"late", 1})); err != nil {
			return err
		}
		next = w.image(t)
		return nil
	}))
	require.Len(t, next.sales(t), someSales)
	next.goesOn(t)
}

func (s Setup) beforeHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.sellMany(t, someKeys, someVersions)
	next := w.crash(t)
	require.Equal(t, someSales, next.waiting(t))
	next.goesOn(t)
}

func (s Setup) beforeEffect(t *testing.T) {
	t.Parallel()
	w, h := s.held(t, func(w *world, h *hold) {
		w.publisher = func(p message.Publisher) message.Publisher { return swallows{p, h} }
	})
	next := w.crash(t)
	h.letGo()
	w.stop()
	require.Len(t, next.postings(t), 1)
	require.Equal(t, someSales, next.waiting(t))
	next.goesOn(t)
}

func (s Setup) amidEffect(t *testing.T) {
	t.Parallel()
	w, h := s.held(t, func(w *world, h *hold) {
		w.refuse = func(sale) error {
			h.pass()
			return nil
		}
	})
	next := w.image(t) // the one that writes is held
	h.letGo()
	w.stop()
	require.Len(t, next.postings(t), 1)
	require.Equal(t, someSales, next.waiting(t))
	next.goesOn(t)
}

func (s Setup) beforeAck(t *testing.T) {
	t.Parallel()
	w, h := s.held(t, func(w *world, h *hold) {
		w.publisher = func(p message.Publisher) message.Publisher { return deafens{p, h} }
	})
	w.posted(t, 1+someKeys) // the first version of each; the others come after it
	next := w.crash(t)
	h.letGo()
	w.stop()
	require.Len(t, next.postings(t), 1+someKeys)
	require.Equal(t, someSales, next.waiting(t))
	next.goesOn(t)
}

func (s Setup) beforeMark(t *testing.T) {
	t.Parallel()
	w, h := s.held(t, func(w *world, h *hold) {
		w.log = func(l events.Log) events.Log { return forgets{l, h} }
	})
	w.posted(t, 1+someSales)
	next := w.crash(t)
	h.letGo()
	w.stop()
	require.Len(t, next.postings(t), 1+someSales)
	require.Equal(t, someSales, next.waiting(t))
	next.goesOn(t)
}

// posted waits until till has so many postings.
func (w *world) posted(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return len(w.postings(t)) == n }, patience, time.Millisecond)
}

// refused is a world in which till has refused sales until there are n in the given state.
func (s Setup) refused(t *testing.T, schedule []time.Duration, state events.State, n int) (w *world, entries []events.Entry) {
	t.Helper()
	w = newWorld(t, s)
	w.settings.Retry = schedule
	w.boxes = nil
	w.box(t)
	w.refuse = func(sale) error { return errors.New("out of ink") }
	w.run(t)
	w.sellMany(t, someKeys, someVersions)
	require.Eventually(t, func() bool {
		var err error
		entries, err = w.shop.List(t.Context(), events.Filter{State: state})
		require.NoError(t, err)
		return len(entries) == n
	}, patience, time.Millisecond)
	return w, entries
}

func (s Setup) amidRetry(t *testing.T) {
	t.Parallel()
	w, entries := s.refused(t, []time.Duration{time.Second, time.Hour}, events.Retrying, someKeys)
	next := w.crash(t)
	w.stop()
	survived, err := next.shop.List(t.Context(), events.Filter{State: events.Retrying})
	require.NoError(t, err)
	require.Equal(t, entries, survived)
	due := make(map[string]time.Time)
	for _, e := range survived {
		require.Equal(t, 1, e.Attempts)
		require.Contains(t, e.Reason, "out of ink")
		require.True(t, e.Due.After(e.Event.Time))
		due[e.Event.ID] = e.Due
	}
	next.goesOn(t)
	for _, p := range next.postings(t) {
		require.False(t, p.Time.Before(due[p.Cause]), "a crash is no reason to be early")
	}
}

func (s Setup) whileParked(t *testing.T) {
	t.Parallel()
	w, entries := s.refused(t, nil, events.Parked, someSales)
	next := w.crash(t)
	w.stop()
	survived, err := next.shop.List(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Equal(t, entries, survived)
	next.run(t)
	next.sell(t, sold, sale{"late", 1})
	next.settled(t, patience)
	require.Len(t, next.postings(t), 1, "what is parked stays so")
	n, err := next.boxes[0].Retry(t.Context(), events.Filter{State: events.Parked})
	require.NoError(t, err)
	require.Equal(t, someSales, n)
	next.settled(t, patience)
	next.exact(t)
	if s.KeyOrder {
		next.ordered(t)
	}
}
