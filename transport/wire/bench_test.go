package wire_test

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/wire"
)

// BenchmarkCall: unary calls with bodies of 300 bytes over one connection of loopback, both sides in this process.
func BenchmarkCall(b *testing.B) {
	answer := bytes.Repeat([]byte("a"), 300)
	h := start(b, func(_ context.Context, _ *wire.Request, reply *bytes.Buffer) error {
		reply.Write(answer)
		return nil
	})
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%d", callers), func(b *testing.B) {
			c, _ := dial(b, h.addr)
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			defer cancel()
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for i := range callers {
				n := b.N / callers
				if i < b.N%callers {
					n++
				}
				all.Go(func() {
					r := &wire.Request{
						Method: "user.get", Caller: "order", Idempotent: true, Body: bytes.Repeat([]byte("q"), 300),
						Principal: contract.Principal{Subject: "0192f0c1-2345-7890-abcd-0123456789ab", Roles: []string{"user"}},
					}
					for range n {
						if err := c.Call(ctx, r, func([]byte) error { return nil }); err != nil {
							require.NoError(b, err)
						}
					}
				})
			}
			all.Wait()
		})
	}
}
