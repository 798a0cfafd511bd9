package events_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
)

// bought is an event of the size of an order with one line.
type bought struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user_id"`
	Status  string    `json:"status"`
	Items   []string  `json:"items"`
	Total   int64     `json:"total"`
	At      time.Time `json:"at"`
	Version int64     `json:"version"`
}

var boughtTopic = contract.Topic[bought]{Name: "shop.bought", Schema: 1,
	Key: func(b bought) string { return b.ID }, Version: func(b bought) int64 { return b.Version }}

// BenchmarkEvents has 64 callers write to one module's synced database: a transaction with nothing in it, one that
// announces an event nobody listens to, and one whose event is delivered to another module's database. It reports the
// CPU time of all of it for a write, and for delivered events the time from announcing to the committed effect.
func BenchmarkEvents(b *testing.B) {
	b.Run("write", func(b *testing.B) { benchEvents(b, false, nil) })
	b.Run("announce", func(b *testing.B) { benchEvents(b, true, nil) })
	b.Run("deliver", func(b *testing.B) {
		benchEvents(b, true, []contract.Subscriber{{Name: "till.ledger", Topics: []contract.AnyTopic{boughtTopic}}})
	})
}

func benchEvents(b *testing.B, announce bool, subscribers []contract.Subscriber) {
	dir := b.TempDir()
	shop, till := openModule(b, dir, "shop"), openModule(b, dir, "till")
	local, log := events.NewLocal(), slog.New(slog.DiscardHandler)
	metrics, err := events.NewMetrics(prometheus.NewRegistry())
	require.NoError(b, err)
	settings := events.DefaultSettings()
	box, err := events.NewOutbox(events.OutboxParams{Module: "shop", Topics: []contract.AnyTopic{boughtTopic},
		Subscribers: subscribers, Store: shop, Publisher: local, Settings: settings,
		Free: func() (int64, error) { return 1 << 40, nil }, Log: log, Metrics: metrics})
	require.NoError(b, err)
	var mu sync.Mutex
	lags := make([]time.Duration, 0, b.N)
	var handled atomic.Int64
	all := make(chan struct{})
	if len(subscribers) > 0 {
		in, err := events.NewIntake(events.IntakeParams{Module: "till", Declared: subscribers, Inbox: inboxThat{till, func() {
			if handled.Add(1) == int64(b.N) {
				close(all)
			}
		}}, Source: local, Settings: settings, Log: log, Metrics: metrics,
			Subscriptions: []events.Subscription{events.Subscribe(subscribers[0],
				events.On(boughtTopic, func(_ context.Context, e bought) error {
					mu.Lock()
					defer mu.Unlock()
					lags = append(lags, time.Since(e.At))
					return nil
				}))}})
		require.NoError(b, err)
		require.NoError(b, in.Start(b.Context()))
		defer in.Stop()
	}
	require.NoError(b, box.Start(b.Context()))
	defer box.Stop()

	var next atomic.Int64
	before := cpuTime(b)
	b.ResetTimer()
	var callers sync.WaitGroup
	for range 64 {
		callers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				e := bought{ID: fmt.Sprintf("01a206c4-8c9c-70b2-9f2f-%012d", n), UserID: "01a206c4-8c3d-7c81-9ad9-f950c66cf283",
					Status: "created", Items: []string{"book-1"}, Total: 4997, At: time.Now(), Version: 1}
				if err := shop.Update(b.Context(), func(ctx context.Context) error {
					if !announce {
						return nil
					}
					return box.Announce(ctx, boughtTopic.Fact(e))
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	callers.Wait()
	if len(subscribers) > 0 {
		<-all
	}
	b.StopTimer()
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/1e3/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	if len(lags) > 0 {
		slices.Sort(lags)
		b.ReportMetric(lags[len(lags)/2].Seconds()*1e3, "p50-ms")
		b.ReportMetric(lags[len(lags)*99/100].Seconds()*1e3, "p99-ms")
	}
}

// inboxThat counts committed effects.
type inboxThat struct {
	events.Inbox
	committed func()
}

func (i inboxThat) Once(ctx context.Context, r events.Receipt, fn func(context.Context) error) (bool, error) {
	ran, err := i.Inbox.Once(ctx, r, fn)
	if err == nil {
		i.committed()
	}
	return ran, err
}

func (i inboxThat) OnceEach(ctx context.Context, effects []*events.Effect) error {
	err := i.Inbox.OnceEach(ctx, effects)
	if err == nil {
		for range effects {
			i.committed()
		}
	}
	return err
}

// cpuTime is what this process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
