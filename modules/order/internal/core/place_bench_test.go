package core_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/transport/contract"
)

// BenchmarkPlace measures durable orders with a key of users who have ordered before, through the real store.
func BenchmarkPlace(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			o := core.New(openStore(b), everybody{}, silent{}, time.Now)
			place := func(caller int, key string) error {
				ctx := contract.WithPrincipal(b.Context(), contract.Principal{Subject: fmt.Sprint("user-", caller)})
				_, err := o.Place(ctx, benchmarked(key))
				return err
			}
			for caller := range callers {
				require.NoError(b, place(caller, "first"))
			}
			b.ReportAllocs()
			b.ResetTimer()
			var next atomic.Int64
			var all sync.WaitGroup
			for caller := range callers {
				all.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := place(caller, strconv.FormatInt(n, 10)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// silent is an Announcer that costs nothing.
type silent struct{}

func (silent) Announce(context.Context, contract.Fact) error { return nil }

// benchmarked is an order of two lines.
func benchmarked(key string) order.PlaceRequest {
	return order.PlaceRequest{
		Currency: "EUR",
		Items:    []order.Item{{SKU: "book-1", Quantity: 2, UnitPrice: 1999}, {SKU: "bag", Quantity: 1, UnitPrice: 999}},
		Once:     contract.Once{Key: key, Fingerprint: make([]byte, 32)},
	}
}
