package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
)

func TestAnswersAreKeptForADay(t *testing.T) {
	t.Parallel()
	c := newClock()
	o := core.New(openStore(t), everybody{}, &notebook{}, c.now)
	first, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)

	c.pass(core.AnswersKept)
	require.NoError(t, o.Forget(t.Context()))
	r, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	require.Equal(t, order.Result{Order: first.Order, Replayed: true}, r)

	c.pass(time.Microsecond)
	second, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	require.False(t, second.Replayed, "too old to be answered, though it was not removed yet")
	require.NotEqual(t, first.Order.ID, second.Order.ID)

	c.pass(core.AnswersKept)
	r, err = o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	require.Equal(t, second.Order.ID, r.Order.ID, "the new answer is kept for a day of its own")
}

func TestForgetRemovesOnlyWhatIsOld(t *testing.T) {
	t.Parallel()
	c, s := newClock(), openStore(t)
	o := core.New(s, everybody{}, &notebook{}, c.now)
	const old = 1234 // more than two batches
	putAnswers(t, s, "old", old, c.now())
	c.pass(time.Microsecond)
	putAnswers(t, s, "young", 3, c.now())

	c.pass(core.AnswersKept)
	watched := &watchedStore{Store: s}
	require.NoError(t, core.New(watched, everybody{}, &notebook{}, c.now).Forget(t.Context()))
	require.Equal(t, []int{core.ForgetBatch, core.ForgetBatch, old - 2*core.ForgetBatch}, watched.removed,
		"a transaction that removes everything would hold up those who order")
	require.Zero(t, countAnswers(t, s, "old", old))
	require.Equal(t, 3, countAnswers(t, s, "young", 3))

	require.NoError(t, o.Forget(t.Context()), "nothing to do is no failure")
	c.pass(time.Microsecond)
	require.NoError(t, o.Forget(t.Context()))
	require.Zero(t, countAnswers(t, s, "young", 3))
}

func TestForgetStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := core.New(openStore(t), everybody{}, &notebook{}, newClock().now)
	require.ErrorIs(t, o.Forget(ctx), context.Canceled)
}

func putAnswers(t *testing.T, s core.Store, subject string, n int, at time.Time) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		for i := range n {
			if _, err := rows.PutAnswer(ctx, core.Answer{Scope: scope(subject, i), GivenAt: at}, time.Time{}); err != nil {
				return err
			}
		}
		return nil
	}))
}

func scope(subject string, i int) core.Scope {
	return core.Scope{Subject: subject, Operation: "order.place", Key: fmt.Sprint(i)}
}

func countAnswers(t *testing.T, s core.Store, subject string, among int) (found int) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(ctx context.Context, rows core.Rows) error {
		for i := range among {
			switch _, err := rows.Answer(ctx, scope(subject, i)); {
			case err == nil:
				found++
			case !errors.Is(err, core.ErrNotFound):
				return err
			}
		}
		return nil
	}))
	return found
}
