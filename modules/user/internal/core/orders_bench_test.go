package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/user"
	"holon/modules/user/internal/core"
)

// ids are those of things made one after the other.
func ids(b *testing.B, n int) []string {
	b.Helper()
	out := make([]string, n)
	for i := range out {
		id, err := uuid.NewV7()
		require.NoError(b, err)
		out[i] = id.String()
	}
	return out
}

// BenchmarkOrderChanged measures what an event costs the one goroutine that writes, 100 of them in a transaction, for
// orders of 1000 accounts in turn.
func BenchmarkOrderChanged(b *testing.B) {
	const batch = 100
	orders := func(b *testing.B, users []string) []order.Order {
		out := make([]order.Order, b.N)
		for i, id := range ids(b, b.N) {
			out[i] = created(id, users[i%len(users)], "EUR", 1999)
		}
		return out
	}
	for _, row := range []struct {
		what          string
		before, after func(order.Order) []order.Order
	}{
		{"created",
			func(order.Order) []order.Order { return nil },
			func(o order.Order) []order.Order { return []order.Order{o} }},
		{"confirmed",
			func(o order.Order) []order.Order { return []order.Order{o} },
			func(o order.Order) []order.Order { return []order.Order{become(o, order.Confirmed)} }},
		{"cancelled",
			func(o order.Order) []order.Order { return []order.Order{o} },
			func(o order.Order) []order.Order { return []order.Order{become(o, order.Cancelled)} }},
		{"again",
			func(o order.Order) []order.Order { return []order.Order{o} },
			func(o order.Order) []order.Order { return []order.Order{o} }},
	} {
		b.Run(row.what, func(b *testing.B) {
			s, u := counting(b)
			users := ids(b, 1000)
			enter(b, s, users...)
			var before, after []order.Order
			for _, o := range orders(b, users) {
				before, after = append(before, row.before(o)...), append(after, row.after(o)...)
			}
			require.NoError(b, hear(b, s, u, before...))
			b.ReportAllocs()
			b.ResetTimer()
			for len(after) > 0 {
				n := min(batch, len(after))
				require.NoError(b, hear(b, s, u, after[:n]...))
				after = after[n:]
			}
		})
	}
}

// BenchmarkGet measures a read of an account that has ordered in so many currencies.
func BenchmarkGet(b *testing.B) {
	s, u := counting(b)
	currencies := []string{"EUR", "JPY", "USD"}
	for n := range len(currencies) + 1 {
		id := ids(b, 1)[0]
		enter(b, s, id)
		for _, currency := range currencies[:n] {
			require.NoError(b, hear(b, s, u, created(id+currency, id, currency, 1999)))
		}
		b.Run(fmt.Sprintf("currencies=%d", n), func(b *testing.B) {
			ctx := self(b, id)
			b.ReportAllocs()
			for range b.N {
				if _, err := u.Get(ctx, user.GetRequest{ID: id}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDelete measures the end of an account with so many orders.
func BenchmarkDelete(b *testing.B) {
	for _, n := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("orders=%d", n), func(b *testing.B) {
			s, u := counting(b)
			for range b.N {
				b.StopTimer()
				id := ids(b, 1)[0]
				enter(b, s, id)
				require.NoError(b, s.Update(b.Context(), func(ctx context.Context, rows core.Rows) error {
					for _, of := range ids(b, n) {
						if err := rows.PutOrder(ctx, core.Order{UserID: id, ID: of, Version: 1, Status: order.Created, Currency: "EUR", Total: 1}); err != nil {
							return err
						}
					}
					return nil
				}))
				b.StartTimer()
				_, err := u.Delete(self(b, id), user.DeleteRequest{ID: id})
				require.NoError(b, err)
			}
		})
	}
}
