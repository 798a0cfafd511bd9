package rpc_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
)

// BenchmarkRemote makes a call over a loopback connection, both sides in this process, so that what is allocated is that of
// both. The folder peers has it beside gRPC, in two processes.
func BenchmarkRemote(b *testing.B) {
	method := contract.Method[benchGet, benchUser]{Name: "times.get", Idempotent: true, Callers: []contract.Caller{contract.Gateway}}
	n := newPair(b)
	require.NoError(b, n.Register(contract.Contract{Module: "times", Methods: []contract.Described{method}},
		rpc.Handle(method, func(_ context.Context, r benchGet) (benchUser, error) {
			return benchUser{ID: r.ID, Name: "Ada", Email: "ada@example.com", CreatedAt: time.Unix(1767323045, 678_901_000), Orders: 12}, nil
		})))
	n.Serve("times")
	get := rpc.Bind(n.For(contract.Gateway), method)
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			ctx := benchContext(b)
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range callers {
				calls := b.N / callers
				if i < b.N%callers {
					calls++
				}
				all.Go(func() {
					for range calls {
						if _, err := get(ctx, benchGet{ID: "u1"}); err != nil {
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
