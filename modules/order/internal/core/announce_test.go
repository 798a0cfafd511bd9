package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/transport/contract"
	"holon/transport/status"
)

// root is the context of an admin.
func root(t *testing.T) context.Context {
	t.Helper()
	return contract.WithPrincipal(t.Context(), contract.Principal{Subject: "root", Roles: []string{contract.RoleAdmin}})
}

// ends are the two ways in which a created order ends, by what they announce.
var ends = map[string]func(*core.Core, context.Context, order.ChangeRequest) (order.Result, error){
	"order.confirmed": (*core.Core).Confirm,
	"order.cancelled": (*core.Core).Cancel,
}

func TestEveryChangeIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	for topic, end := range ends {
		t.Run(topic, func(t *testing.T) {
			t.Parallel()
			n := &notebook{}
			o := core.New(openStore(t), everybody{}, n, newClock().now)
			placed, err := o.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.Equal(t, []contract.Fact{fact("order.created", placed.Order)}, n.take())
			require.EqualValues(t, 1, placed.Order.Version)

			r := order.ChangeRequest{ID: placed.Order.ID, Once: contract.Once{Key: "k"}}
			ended, err := end(o, root(t), r)
			require.NoError(t, err)
			require.Equal(t, []contract.Fact{fact(topic, ended.Order)}, n.take(), "the order as the change left it")
			require.EqualValues(t, 2, ended.Order.Version)

			again, err := o.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.True(t, again.Replayed)
			again, err = end(o, root(t), r)
			require.NoError(t, err)
			require.True(t, again.Replayed)
			require.Empty(t, n.take(), "nothing has happened anew")
		})
	}
}

func TestRefusalIsNotAnnounced(t *testing.T) {
	t.Parallel()
	n := &notebook{}
	o := core.New(openStore(t), everybody{}, n, newClock().now)
	placed, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	_, err = o.Confirm(root(t), order.ChangeRequest{ID: placed.Order.ID})
	require.NoError(t, err)
	require.Len(t, n.take(), 2)

	other := pen("k")
	other.Once.Fingerprint = []byte("another body")
	_, err = o.Place(ada(t), other)
	require.ErrorIs(t, err, status.New(status.Invalid, "idempotency_key_reused", ""))
	_, err = o.Confirm(ada(t), order.ChangeRequest{ID: placed.Order.ID})
	require.ErrorIs(t, err, status.New(status.PermissionDenied, "", ""))
	for _, end := range ends {
		_, err = end(o, root(t), order.ChangeRequest{ID: placed.Order.ID})
		require.ErrorIs(t, err, status.New(status.Conflict, "wrong_order_status", ""))
		_, err = end(o, root(t), order.ChangeRequest{ID: "x"})
		require.ErrorIs(t, err, status.New(status.NotFound, "order_not_found", ""))
	}
	require.Empty(t, n.take())
}

// What could not be announced has not happened.
func TestAnnouncementThatFailsUndoesTheChange(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk on fire")
	for topic, end := range ends {
		t.Run(topic, func(t *testing.T) {
			t.Parallel()
			s := openStore(t)
			good := core.New(s, everybody{}, &notebook{}, newClock().now)
			bad := core.New(s, everybody{}, &notebook{fault: func(contract.Fact) error { return fault }}, newClock().now)

			_, err := bad.Place(ada(t), pen("k"))
			require.ErrorIs(t, err, fault)
			page, err := good.List(ada(t), order.ListRequest{})
			require.NoError(t, err)
			require.Empty(t, page.Items)
			placed, err := good.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.False(t, placed.Replayed, "the answer was undone with the order")

			r := order.ChangeRequest{ID: placed.Order.ID, Once: contract.Once{Key: "k"}}
			_, err = end(bad, root(t), r)
			require.ErrorIs(t, err, fault)
			got, err := good.Get(ada(t), order.GetRequest{ID: r.ID})
			require.NoError(t, err)
			require.Equal(t, placed.Order, got)
			ended, err := end(good, root(t), r)
			require.NoError(t, err)
			require.False(t, ended.Replayed)
		})
	}
}
