package order_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// TestAgainstModel sends what clients send, in any order, with keys that are used again rightly and wrongly, and
// compares every answer with what a few maps say.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		root := admin(t)
		ctxOf := func(subject string) context.Context {
			return contract.WithPrincipal(root, contract.Principal{Subject: subject})
		}
		rapid.Check(t, func(rt *rapid.T) {
			m := &machine{s: public(n), root: root, ctxOf: ctxOf, owner: someone(),
				orders: make(map[string]order.Order), answers: make(map[string]given)}
			rt.Repeat(map[string]func(*rapid.T){"place": m.place, "confirm": m.confirm, "cancel": m.cancel, "list": m.list})
			m.list(rt)
		})
	})
}

func (m *machine) place(t *rapid.T) {
	quantity := rapid.Int64Range(1, 2).Draw(t, "quantity")
	r := order.PlaceRequest{Currency: "EUR", Items: []order.Item{{SKU: "pen", Quantity: quantity, UnitPrice: 7}}}
	r.Once = m.once(t, strings.Repeat("x", int(quantity)))
	got, err := m.s.Place(m.ctxOf(m.owner), r)
	m.expect(t, "place", r.Once, got, err, func() error {
		require.Equal(t, []any{order.Created, 7 * quantity, int64(1), m.owner},
			[]any{got.Order.Status, got.Order.Total, got.Order.Version, got.Order.UserID})
		require.NotContains(t, m.ids, got.Order.ID)
		m.ids = append(m.ids, got.Order.ID)
		return nil
	})
}

func (m *machine) confirm(t *rapid.T) { m.change(t, m.root, order.Confirmed, "root confirms ") }

// cancel is done by the owner or by an admin; they have keys of their own.
func (m *machine) cancel(t *rapid.T) {
	if rapid.Bool().Draw(t, "by the owner") {
		m.change(t, m.ctxOf(m.owner), order.Cancelled, "owner cancels ")
		return
	}
	m.change(t, m.root, order.Cancelled, "root cancels ")
}

func (m *machine) change(t *rapid.T, as context.Context, to order.Status, operation string) {
	id := rapid.SampledFrom(append([]string{"unknown"}, m.ids...)).Draw(t, "id")
	r := order.ChangeRequest{ID: id, Once: m.once(t, id)}
	before, known := m.orders[id]
	got, err := changes[to](as, m.s, r)
	m.expect(t, operation, r.Once, got, err, func() error {
		switch {
		case !known:
			return status.New(status.NotFound, "order_not_found", "")
		case before.Status != order.Created:
			return status.New(status.Conflict, "wrong_order_status", "")
		}
		want := before
		want.Status, want.Version, want.UpdatedAt = to, 2, got.Order.UpdatedAt
		require.Equal(t, want, got.Order)
		return nil
	})
}

// list compares the owner's list with the model.
func (m *machine) list(t *rapid.T) {
	page, err := m.s.List(m.ctxOf(m.owner), order.ListRequest{Limit: contract.MaxPageLimit})
	require.NoError(t, err)
	want := []order.Order{}
	for _, id := range slices.Backward(m.ids) {
		want = append(want, m.orders[id])
	}
	require.Equal(t, want, page.Items)
}
