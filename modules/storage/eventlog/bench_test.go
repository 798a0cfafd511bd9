package eventlog_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// callers is how many write at once in the benchmarks.
const callers = 64

// BenchmarkAppend measures an event in a durable transaction that does nothing else.
func BenchmarkAppend(b *testing.B) {
	for _, subscribers := range [][]string{{mailer}, {mailer, counter, "a.b", "c.d"}, nil} {
		b.Run(fmt.Sprintf("subscribers=%d", len(subscribers)), func(b *testing.B) {
			m := openModule(b, b.TempDir())
			b.ReportAllocs()
			together(b, func(ctx context.Context, n int64) error {
				e := order(created, int(n))
				return m.write(ctx, func(ctx context.Context) error { return m.Append(ctx, e, subscribers, ignore) })
			})
		})
	}
}

// BenchmarkOnce measures a receipt in a durable transaction that does nothing else.
func BenchmarkOnce(b *testing.B) {
	m := openModule(b, b.TempDir())
	b.ReportAllocs()
	together(b, func(ctx context.Context, _ int64) error {
		id, err := uuid.NewV7()
		if err != nil {
			return err
		}
		_, err = m.Once(ctx, events.Receipt{Subscriber: mailer, Event: id.String()}, func(context.Context) error { return nil })
		return err
	})
}

// BenchmarkSettle measures a batch of 128 marks, all done and one after the other or every other one refused.
func BenchmarkSettle(b *testing.B) {
	for _, mixed := range []bool{false, true} {
		b.Run(map[bool]string{true: "refused=half", false: "refused=none"}[mixed], func(b *testing.B) {
			m := openModule(b, b.TempDir())
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				var out []events.Outcome
				for i, d := range m.fill(b, b.Context(), 128, mailer) {
					o := events.Outcome{ID: d.ID, State: events.Delivered}
					if mixed && i%2 == 0 {
						o = events.Outcome{ID: d.ID, State: events.Retrying, Attempts: 1, Reason: "no", Due: later}
					}
					out = append(out, o)
				}
				b.StartTimer()
				require.NoError(b, m.Settle(b.Context(), out))
			}
			b.ReportMetric(float64(b.N)*128/b.Elapsed().Seconds(), "marks/s")
		})
	}
}

// BenchmarkLoad measures filling in the events of 128 deliveries.
func BenchmarkLoad(b *testing.B) {
	m := openModule(b, b.TempDir())
	m.fill(b, b.Context(), 100_000, mailer)
	open, err := m.Open(b.Context(), 50_000, 128)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		load := make([]*events.Delivery, len(open))
		for i := range open {
			d := open[i]
			load[i] = &d
		}
		require.NoError(b, m.Load(b.Context(), load))
	}
}

// together runs fn b.N times by all callers.
func together(b *testing.B, fn func(ctx context.Context, n int64) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := fn(ctx, n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}
