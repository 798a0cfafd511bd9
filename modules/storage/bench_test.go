package storage_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// BenchmarkWrite measures durable writes of one row of about 300 bytes, in transactions of up to
// 128 writes and, as the bound of what sharing gains, of one.
func BenchmarkWrite(b *testing.B) {
	for _, batch := range []int{128, 1} {
		for _, callers := range []int{1, 16, 64, 128} {
			b.Run(fmt.Sprintf("batch=%d/callers=%d", batch, callers), func(b *testing.B) {
				metrics := prometheus.NewRegistry()
				p := params(b.TempDir())
				p.Metrics = metrics
				s := newStore(b, p)
				storage.SetBatch(s.DB, batch)
				ctx := context.WithoutCancel(b.Context())
				require.NoError(b, s.Open(ctx))
				defer s.Close(ctx)
				b.ReportAllocs()
				b.ResetTimer()
				benchmarkCallers(b, s, callers)
				b.StopTimer()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
				b.ReportMetric(float64(b.N)/float64(commits(b, metrics)), "writes/commit")
			})
		}
	}
}

func benchmarkCallers(b *testing.B, s store, callers int) {
	body := strings.Repeat("x", 280)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := s.insert(ctx, strconv.FormatInt(n, 10), body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkRead measures reads of one row by its key, with a context that can end, as every request's can.
func BenchmarkRead(b *testing.B) {
	s := openStore(b, params(b.TempDir()))
	require.NoError(b, s.insert(b.Context(), "1", strings.Repeat("x", 280)))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		ctx, cancel := context.WithCancel(b.Context())
		defer cancel()
		for pb.Next() {
			err := s.Read(ctx, func(ctx context.Context, q *notes) error {
				_, err := q.Body(ctx, "1")
				return err
			})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
}
