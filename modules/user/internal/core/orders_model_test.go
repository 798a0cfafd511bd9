package core_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/order"
	"holon/modules/user"
	"holon/modules/user/internal/core"
)

// news are all that can be heard of some orders, and heard the newest that was.
type news struct {
	users  []string
	orders [][]order.Order // of each its versions, oldest first
	heard  map[string]order.Order
	gone   map[string]bool
}

// drawNews makes a world of few users, currencies and amounts, so that they meet.
func drawNews(t *rapid.T, world string) *news {
	n := &news{heard: make(map[string]order.Order), gone: make(map[string]bool)}
	for i := range 3 {
		n.users = append(n.users, fmt.Sprintf("%s-user%d", world, i))
	}
	amounts := rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(math.MaxInt64-3, math.MaxInt64))
	for i := range rapid.IntRange(1, 6).Draw(t, "orders") {
		o := order.Order{
			ID: fmt.Sprintf("%s-order%d", world, i), UserID: rapid.SampledFrom(n.users).Draw(t, "user"),
			Currency: rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(t, "currency"), Total: amounts.Draw(t, "total"),
		}
		var versions []order.Order
		for range 4 {
			// More may happen to an order than today.
			versions = append(versions, become(o, rapid.SampledFrom([]order.Status{order.Created, order.Confirmed, order.Cancelled}).Draw(t, "status")))
			o = versions[len(versions)-1]
		}
		n.orders = append(n.orders, versions)
	}
	return n
}

// some draws news in any order, again and again, with gaps.
func (n *news) some(t *rapid.T) []order.Order {
	one := rapid.Custom(func(t *rapid.T) order.Order {
		return rapid.SampledFrom(rapid.SampledFrom(n.orders).Draw(t, "order")).Draw(t, "version")
	})
	return rapid.SliceOfN(one, 1, 4).Draw(t, "news")
}

func (n *news) take(orders []order.Order) {
	for _, o := range orders {
		if !n.gone[o.UserID] && o.Version > n.heard[o.ID].Version {
			n.heard[o.ID] = o
		}
	}
}

// wants returns what an account must show.
func (n *news) wants(id string) (count int64, totals map[string]int64) {
	exact := make(map[string]*big.Int)
	for _, o := range n.heard {
		if o.UserID != id || o.Status == order.Cancelled {
			continue
		}
		count++
		if exact[o.Currency] == nil {
			exact[o.Currency] = new(big.Int)
		}
		exact[o.Currency].Add(exact[o.Currency], big.NewInt(o.Total))
	}
	totals = make(map[string]int64)
	for currency, total := range exact {
		totals[currency] = math.MaxInt64
		if total.IsInt64() {
			totals[currency] = total.Int64()
		}
	}
	return count, totals
}

func TestOrdersAreCountedWhateverTheWayTheyAreHeard(t *testing.T) {
	t.Parallel()
	s, u := counting(t)
	undone := errors.New("undone")
	var worlds atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		n := drawNews(r, fmt.Sprint("world", worlds.Add(1)))
		enter(t, s, n.users...)
		r.Repeat(map[string]func(*rapid.T){
			"hear": func(r *rapid.T) {
				some := n.some(r)
				require.NoError(r, hear(t, s, u, some...))
				n.take(some)
			},
			"undo": func(r *rapid.T) {
				some := n.some(r)
				require.ErrorIs(r, s.Update(t.Context(), func(ctx context.Context, _ core.Rows) error {
					for _, o := range some {
						if err := u.OrderChanged(ctx, o); err != nil {
							return err
						}
					}
					return undone
				}), undone)
			},
			"delete": func(r *rapid.T) {
				id := n.users[0] // the others stay
				if n.gone[id] {
					r.Skip("once")
				}
				_, err := u.Delete(self(t, id), user.DeleteRequest{ID: id})
				require.NoError(r, err)
				n.gone[id] = true
			},
			"": func(r *rapid.T) {
				for _, id := range n.users {
					if n.gone[id] {
						continue
					}
					got, err := u.Get(self(t, id), user.GetRequest{ID: id})
					require.NoError(r, err)
					count, totals := n.wants(id)
					require.Equal(r, count, got.OrderCount)
					require.Equal(r, totals, got.OrderTotals)
				}
			},
		})
	})
}
