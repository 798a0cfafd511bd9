package core_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/contract"
)

// enter makes accounts without the price of a hash.
func enter(t testing.TB, s core.Store, ids ...string) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		for _, id := range ids {
			a := core.Account{ID: id, Name: "Ada", Email: id + "@example.com", Version: 1}
			if err := rows.Insert(ctx, a); err != nil {
				return err
			}
		}
		return nil
	}))
}

// hear has the core take orders into account, all in one transaction, as an inbox does.
func hear(t testing.TB, s core.Store, u *core.Core, orders ...order.Order) error {
	t.Helper()
	return s.Update(t.Context(), func(ctx context.Context, _ core.Rows) error {
		for _, o := range orders {
			if err := u.OrderChanged(ctx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func counting(t testing.TB) (core.Store, *core.Core) {
	t.Helper()
	s := openStore(t)
	u, err := core.New(s, announcer{}, core.Settings{Hashes: 1}, newClock().now)
	require.NoError(t, err)
	return s, u
}

// shows requires what an account's orders come to.
func shows(t testing.TB, u *core.Core, id string, count int64, totals map[string]int64) {
	t.Helper()
	got, err := u.Get(self(t, id), user.GetRequest{ID: id})
	require.NoError(t, err)
	require.Equal(t, count, got.OrderCount)
	require.Equal(t, totals, got.OrderTotals)
}

func created(id, userID, currency string, total int64) order.Order {
	return order.Order{ID: id, UserID: userID, Status: order.Created, Currency: currency, Total: total, Version: 1}
}

func become(o order.Order, s order.Status) order.Order {
	o.Status, o.Version = s, o.Version+1
	return o
}

func TestOrdersAreCounted(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	enter(t, s, "ada", "eve")
	pen, ink, gift := created("1", "ada", "EUR", 200), created("2", "ada", "EUR", 300), created("3", "ada", "JPY", 0)
	// The rows build on each other.
	for _, row := range []struct {
		what   string
		news   []order.Order
		count  int64
		totals map[string]int64
	}{
		{"none", nil, 0, map[string]int64{}},
		{"one", []order.Order{pen}, 1, map[string]int64{"EUR": 200}},
		{"several, one of them for nothing", []order.Order{ink, gift}, 3, map[string]int64{"EUR": 500, "JPY": 0}},
		{"confirmed ones still", []order.Order{become(pen, order.Confirmed)}, 3, map[string]int64{"EUR": 500, "JPY": 0}},
		{"cancelled ones no more", []order.Order{become(ink, order.Cancelled)}, 2, map[string]int64{"EUR": 200, "JPY": 0}},
		{"heard again", []order.Order{ink, become(ink, order.Cancelled), pen, gift}, 2, map[string]int64{"EUR": 200, "JPY": 0}},
		{"the first word on a version is the last", []order.Order{become(created("1", "ada", "EUR", 999), order.Confirmed)}, 2,
			map[string]int64{"EUR": 200, "JPY": 0}},
		{"a currency goes with its last", []order.Order{become(gift, order.Cancelled)}, 1, map[string]int64{"EUR": 200}},
		{"others' are theirs", []order.Order{created("4", "eve", "EUR", 1)}, 1, map[string]int64{"EUR": 200}},
	} {
		t.Run(row.what, func(t *testing.T) {
			require.NoError(t, hear(t, s, u, row.news...))
			shows(t, u, "ada", row.count, row.totals)
		})
	}
	t.Run("wherever the account is shown", func(t *testing.T) {
		want, err := u.Get(self(t, "ada"), user.GetRequest{ID: "ada"})
		require.NoError(t, err)
		root := contract.WithPrincipal(t.Context(), contract.Principal{Subject: "root", Roles: []string{contract.RoleAdmin}})
		page, err := u.List(root, user.ListRequest{Limit: 1})
		require.NoError(t, err)
		require.Equal(t, []user.User{want}, page.Items)
		got, err := u.Promote(t.Context(), user.PromoteRequest{Email: "ada@example.com"})
		require.NoError(t, err)
		require.Equal(t, want.OrderTotals, got.OrderTotals)
	})
	t.Run("no change of the profile, and kept when it changes", func(t *testing.T) {
		got, err := u.Update(self(t, "ada"), user.UpdateRequest{ID: "ada", Name: new("Countess"), IfVersion: 1})
		require.NoError(t, err)
		require.EqualValues(t, 1, got.OrderCount)
		shows(t, u, "ada", 1, map[string]int64{"EUR": 200})
	})
}

// Totals stay exact beyond what can be shown.
func TestTotalsBeyondInt64(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	enter(t, s, "ada")
	const most = math.MaxInt64
	huge := []order.Order{created("1", "ada", "EUR", most), created("2", "ada", "EUR", most), created("3", "ada", "EUR", most)}
	for i, o := range huge {
		require.NoError(t, hear(t, s, u, o))
		shows(t, u, "ada", int64(i+1), map[string]int64{"EUR": most})
	}
	small := created("4", "ada", "EUR", 7)
	require.NoError(t, hear(t, s, u, small, become(huge[0], order.Cancelled), become(huge[1], order.Cancelled)))
	shows(t, u, "ada", 2, map[string]int64{"EUR": most})
	require.NoError(t, hear(t, s, u, become(huge[2], order.Cancelled)))
	shows(t, u, "ada", 1, map[string]int64{"EUR": 7})
}

// Of a deleted account nothing is kept, whatever is heard later.
func TestOrdersGoWithTheAccount(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	pen, ink := created("1", "ada", "EUR", 200), created("2", "eve", "EUR", 300)
	require.NoError(t, hear(t, s, u, pen), "an account that is not there is no fault")
	enter(t, s, "ada", "eve")
	shows(t, u, "ada", 0, map[string]int64{})
	require.NoError(t, hear(t, s, u, pen, ink))
	_, err := u.Delete(self(t, "ada"), user.DeleteRequest{ID: "ada"})
	require.NoError(t, err)
	require.NoError(t, hear(t, s, u, become(pen, order.Confirmed)))
	shows(t, u, "eve", 1, map[string]int64{"EUR": 300})

	enter(t, s, "ada")
	shows(t, u, "ada", 0, map[string]int64{})
	require.NoError(t, hear(t, s, u, pen))
	shows(t, u, "ada", 1, map[string]int64{"EUR": 200})
}

func TestCountingIsUndoneWithTheTransaction(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	enter(t, s, "ada")
	pen := created("1", "ada", "EUR", 200)
	refused := errors.New("refused")
	require.ErrorIs(t, s.Update(t.Context(), func(ctx context.Context, _ core.Rows) error {
		require.NoError(t, u.OrderChanged(ctx, pen))
		return refused
	}), refused)
	shows(t, u, "ada", 0, map[string]int64{})
	require.NoError(t, hear(t, s, u, pen))
	shows(t, u, "ada", 1, map[string]int64{"EUR": 200})

	require.Error(t, u.OrderChanged(t.Context(), pen), "there is nothing to join")
}

// A damaged row is neither a panic nor a wrong number.
func TestDamagedSumsAreAnError(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	enter(t, s, "ada")
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		return rows.SaveSums(ctx, "ada", core.Sums{{Currency: "E U R", Orders: 1}})
	}))
	_, err := u.Get(self(t, "ada"), user.GetRequest{ID: "ada"})
	require.ErrorContains(t, err, "what an account has ordered")
	require.ErrorContains(t, hear(t, s, u, created("1", "ada", "EUR", 1)), "what an account has ordered")
}
