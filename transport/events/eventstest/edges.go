package eventstest

import (
	"context"
	"errors"
	"sync/atomic"
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
	t.Run("killed with an event parked", s.whileParked)
}

// some is how many sales sellSome makes.
const some = 5 * 3

func (w *world) sellSome(t *testing.T) {
	t.Helper()
	w.sellMany(t, 5, 3)
}

// goesOn has everything done after a crash.
func (w *world) goesOn(t *testing.T) {
	t.Helper()
	w.run(t)
	w.settled(t, patience)
	w.exact(t)
	if w.setup.KeyOrder {
		w.ordered(t)
	}
}

func (s Setup) beforeCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.sellSome(t)
	var next *world
	require.NoError(t, w.shop.Update(t.Context(), func(ctx context.Context) error {
		if err := w.boxes[0].Announce(ctx, sold.Fact(sale{"late", 1})); err != nil {
			return err
		}
		next = w.image(t)
		return nil
	}))
	require.Len(t, next.sales(t), some)
	next.goesOn(t)
}

func (s Setup) beforeHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, s)
	w.sellSome(t)
	next := w.crash(t)
	require.Equal(t, some, next.open1(t))
	next.goesOn(t)
}

func (s Setup) beforeEffect(t *testing.T) {
	t.Parallel()
	h := newHold()
	w := newWorld(t, s)
	w.through(t, func(p message.Publisher) message.Publisher { return swallows{p, h} })
	next := w.killed(t, h, func() bool { return true })
	require.Len(t, next.postings(t), 1)
	require.Equal(t, some, next.open1(t))
	next.goesOn(t)
}

func (s Setup) amidEffect(t *testing.T) {
	t.Parallel()
	h := newHold()
	w := newWorld(t, s)
	w.refuse = func(sale) error {
		h.pass()
		return nil
	}
	w.startHeld(t, h)
	w.sellSome(t)
	<-h.reached
	next := w.image(t) // the one who writes is held
	h.letGo()
	w.stop()
	require.Len(t, next.postings(t), 1)
	require.Equal(t, some, next.open1(t))
	next.goesOn(t)
}
