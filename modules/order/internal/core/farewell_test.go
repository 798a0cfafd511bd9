package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
)

var adaDeleted = user.Changed{ID: "ada", Version: 9}

// placeMany places orders of ada and returns them, oldest first.
func placeMany(t *testing.T, o *core.Core, n int) []order.Order {
	t.Helper()
	placed := make([]order.Order, n)
	for i := range placed {
		r, err := o.Place(ada(t), pen(""))
		require.NoError(t, err)
		placed[i] = r.Order
	}
	return placed
}

// cancelled are the facts of a deletion: what is announced of the orders, the youngest first.
func cancelled(of []order.Order, c *clock) []contract.Fact {
	facts := []contract.Fact{}
	for i := len(of) - 1; i >= 0; i-- {
		o := of[i]
		o.Status, o.Version, o.UpdatedAt = order.Cancelled, o.Version+1, core.Stamp(c.now())
		facts = append(facts, fact("order.cancelled", o))
	}
	return facts
}

func TestDeletedUsersCreatedOrdersAreCancelled(t *testing.T) {
	t.Parallel()
	s, n, c := openStore(t), &notebook{}, newClock()
	watched := &watchedStore{Store: s}
	o := core.New(watched, everybody{}, n, c.now)
	const created = 2*core.CancelBatch + core.CancelBatch/2
	ended := placeMany(t, o, 4)
	for i, placed := range ended {
		end := []func(context.Context, order.ChangeRequest) (order.Result, error){o.Confirm, o.Cancel}[i%2]
		r, err := end(root(t), order.ChangeRequest{ID: placed.ID})
		require.NoError(t, err)
		ended[i] = r.Order
	}
	of := placeMany(t, o, created)
	others, err := o.Place(root(t), pen(""))
	require.NoError(t, err)
	n.take()
	watched.saved = nil
	c.pass(1)

	require.NoError(t, o.CancelOrders(t.Context(), adaDeleted))
	require.Equal(t, cancelled(of, c), n.take())
	require.Equal(t, []int{core.CancelBatch, core.CancelBatch, core.CancelBatch / 2}, watched.saved,
		"a transaction that cancels them all would hold up those who order")
	for i, kept := range orders(t, s, "ada") {
		if i < created {
			require.Equal(t, order.Cancelled, kept.Status)
			require.EqualValues(t, 2, kept.Version)
			continue
		}
		require.Equal(t, ended[3-(i-created)], kept, "what has ended stays as it was")
	}
	require.Equal(t, []order.Order{others.Order}, orders(t, s, "root"))
	require.Equal(t, core.Customer{UserID: "ada", Version: adaDeleted.Version, Deleted: true}, customer(t, s, "ada"))

	require.NoError(t, deliver(t.Context(), s, o, (*core.Core).UserDeleted, adaDeleted))
	require.NoError(t, o.CancelOrders(t.Context(), adaDeleted))
	require.Empty(t, n.take(), "it may be repeated, also when all is done")
	_, err = o.Place(ada(t), pen(""))
	require.ErrorIs(t, err, errGone)
}

func TestCancelOrdersGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	const created, good = 2*core.CancelBatch + 1, core.CancelBatch + 50
	fault := errors.New("disk on fire")
	for what, stop := range map[string]struct {
		// at is called with each announcement's number and may make it fail.
		at   func(cancel context.CancelFunc, nth int) error
		want error
	}{
		"after a fault": {func(_ context.CancelFunc, nth int) error {
			if nth > good {
				return fault
			}
			return nil
		}, fault},
		"after the end of its context": {func(cancel context.CancelFunc, nth int) error {
			if nth == 1 {
				cancel()
			}
			return nil
		}, context.Canceled},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, n, c := openStore(t), &notebook{}, newClock()
			o := core.New(s, everybody{}, n, c.now)
			of := placeMany(t, o, created)
			n.take()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			nth := 0
			n.fault = func(contract.Fact) error { nth++; return stop.at(cancel, nth) }

			require.ErrorIs(t, o.CancelOrders(ctx, adaDeleted), stop.want)
			first := n.take()
			require.Equal(t, cancelled(of, c)[:core.CancelBatch], first, "what was committed before")
			_, err := o.Place(ada(t), pen(""))
			require.ErrorIs(t, err, errGone, "the user is gone nevertheless")

			n.fault = nil
			require.NoError(t, o.CancelOrders(t.Context(), adaDeleted))
			require.Equal(t, cancelled(of, c), append(first, n.take()...), "each once")
		})
	}
}

// Between the search and the transaction an admin may have been faster.
func TestConfirmedMeanwhileStays(t *testing.T) {
	t.Parallel()
	s, n := openStore(t), &notebook{}
	watched := &watchedStore{Store: s}
	o := core.New(watched, everybody{}, n, newClock().now)
	of := placeMany(t, o, 2)
	watched.viewed = func() {
		watched.viewed = nil
		_, err := o.Confirm(root(t), order.ChangeRequest{ID: of[0].ID})
		require.NoError(t, err)
	}
	require.NoError(t, o.CancelOrders(t.Context(), adaDeleted))
	left := orders(t, s, "ada")
	require.Equal(t, []order.Status{order.Cancelled, order.Confirmed}, []order.Status{left[0].Status, left[1].Status})
	facts := n.take()
	require.Len(t, facts, 4)
	require.Equal(t, fact("order.confirmed", left[1]), facts[2])
	require.Equal(t, fact("order.cancelled", left[0]), facts[3])
}

// Of an order and a deletion at once either the order is refused or the deletion cancels it.
func TestNoOrderSlipsPastADeletion(t *testing.T) {
	t.Parallel()
	const rounds, callers, each = 20, 8, 10
	s, n := openStore(t), &notebook{}
	o := core.New(s, everybody{}, n, newClock().now)
	for round := range rounds {
		id := fmt.Sprint("user-", round)
		ctx := contract.WithPrincipal(t.Context(), contract.Principal{Subject: id})
		var both sync.WaitGroup
		some := make(chan struct{}, callers*each)
		for range callers {
			both.Go(func() {
				for range each {
					_, err := o.Place(ctx, pen(""))
					some <- struct{}{}
					if err != nil && !errors.Is(err, errGone) {
						t.Errorf("refused with %v", err)
					}
				}
			})
		}
		both.Go(func() {
			for range 1 + round {
				<-some
			}
			if err := o.CancelOrders(t.Context(), user.Changed{ID: id, Version: 2}); err != nil {
				t.Errorf("deletion: %v", err)
			}
		})
		both.Wait()
		told := map[string]int{}
		for _, f := range n.take() {
			told[f.Topic]++
		}
		left := orders(t, s, id)
		for _, kept := range left {
			require.Equal(t, order.Cancelled, kept.Status)
		}
		require.Equal(t, map[string]int{"order.created": len(left), "order.cancelled": len(left)}, told)
	}
}
