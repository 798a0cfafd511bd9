package events_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

// series gathers a family: by the values of the labels in the order of their names, the value, or how many were
// observed.
func series(t *testing.T, r prometheus.Gatherer, family string) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	require.NoError(t, err)
	out := make(map[string]float64)
	for _, f := range families {
		if f.GetName() != family {
			continue
		}
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			name := strings.Join(labels, " ")
			switch {
			case m.GetHistogram() != nil:
				out[name] = float64(m.GetHistogram().GetSampleCount())
			case m.GetCounter() != nil:
				out[name] = m.GetCounter().GetValue()
			default:
				out[name] = m.GetGauge().GetValue()
			}
		}
	}
	return out
}

func TestMetricsOfAQuietModule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		require.Empty(t, series(t, h.registry, "holon_event_backlog"), "nothing is known before the start")
		h.relay(t)
		pass(time.Second) // the first count
		require.Equal(t, map[string]float64{"shop.sold": 0, "shop.repaid": 0, "till.posted": 0},
			series(t, h.registry, "holon_events_announced_total"))
		for _, family := range []string{"holon_event_backlog", "holon_event_parked", "holon_event_backlog_age_seconds"} {
			require.Equal(t, map[string]float64{"shop till.ledger": 0}, series(t, h.registry, family), family)
		}
		require.Equal(t, map[string]float64{"delivered till.ledger": 0, "delivered archive.mirror": 0},
			series(t, h.registry, "holon_event_deliveries_total"))
		require.Equal(t, map[string]float64{"till.ledger": 0, "archive.mirror": 0}, series(t, h.registry, "holon_event_lag_seconds"))
		require.Equal(t, map[string]float64{"till.ledger": 0}, series(t, h.registry, "holon_event_handling_seconds"))
	})
}

// TestMetrics lets a sale meet every outcome there is.
func TestMetrics(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Retry = []time.Duration{time.Minute}
		answers := map[string][]error{"b": {errInk, errInk}, "c": {status.New(status.Unavailable, "", "away")}}
		h.handle = func(ctx context.Context, s sale) error {
			if left := answers[s.Key]; len(left) > 0 {
				answers[s.Key] = left[1:]
				return left[0]
			}
			return h.post(ctx, s)
		}
		h.build(t)
		h.relay(t)
		outcomes := func() map[string]float64 { return series(t, h.registry, "holon_event_deliveries_total") }
		gauge := func(family string) float64 {
			all := series(t, h.registry, family)
			require.Equal(t, []string{"shop till.ledger"}, slices.Collect(maps.Keys(all)))
			return all["shop till.ledger"]
		}
		h.sell(t, sale{Key: "a", Version: 1})
		require.ErrorContains(t, h.announce(t.Context(), sold, sale{Key: "a", Version: 2}, sale{}), "no key")
		pass(10 * time.Second)
		require.InDelta(t, 1, series(t, h.registry, "holon_events_announced_total")["shop.sold"], 0, "what is undone does not count")
		require.Positive(t, outcomes()["unreachable till.ledger"])
		require.InDelta(t, 1, gauge("holon_event_backlog"), 0)
		require.InDelta(t, 10, gauge("holon_event_backlog_age_seconds"), 0.001)

		h.subscribe(t)
		pass(15 * time.Second)
		h.sell(t, sale{Key: "b", Version: 1})
		pass(10 * time.Second)
		require.Equal(t, map[string]float64{
			"delivered till.ledger": 1, "delivered archive.mirror": 0, "retried till.ledger": 1,
			"unreachable till.ledger": outcomes()["unreachable till.ledger"],
		}, outcomes())
		require.InDelta(t, 1, gauge("holon_event_backlog"), 0)
		require.Zero(t, gauge("holon_event_parked"))

		h.sell(t, sale{Key: "c", Version: 1})
		pass(2 * time.Minute)
		require.Equal(t, map[string]float64{
			"delivered till.ledger": 2, "delivered archive.mirror": 0, "retried till.ledger": 1, "parked till.ledger": 1,
			"postponed till.ledger": 1, "unreachable till.ledger": outcomes()["unreachable till.ledger"],
		}, outcomes())
		require.Zero(t, gauge("holon_event_backlog"))
		require.Zero(t, gauge("holon_event_backlog_age_seconds"), "what is parked does not age")
		require.InDelta(t, 1, gauge("holon_event_parked"), 0)
		require.InDelta(t, 2, series(t, h.registry, "holon_event_lag_seconds")["till.ledger"], 0)
		require.Equal(t, map[string]float64{"shop.sold": 3, "shop.repaid": 0, "till.posted": 2},
			series(t, h.registry, "holon_events_announced_total"))
	})
}

// TestBacklogThatCannotBeCounted keeps the last count, and is told.
func TestBacklogThatCannotBeCounted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		log := &faulty{Log: h.shop}
		h.log = log
		h.build(t)
		h.sell(t, sale{Key: "a", Version: 1})
		h.relay(t)
		pass(time.Second) // the first count
		log.fail(&log.backlog, func() error { return errInk })
		pass(5 * time.Second)
		require.Len(t, h.logs.of("backlog not counted"), 1)
		require.InDelta(t, 1, series(t, h.registry, "holon_event_backlog")["shop till.ledger"], 0)
	})
}

// TestSubscriberOfTwoModules has a series for each.
func TestSubscriberOfTwoModules(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribers = []contract.Subscriber{{Name: "audit.all", Topics: []contract.AnyTopic{sold, repaid, posted}}}
	h.build(t)
	require.NoError(t, h.box.Start(t.Context()))
	defer h.box.Stop()
	require.NoError(t, h.postbox.Start(t.Context()))
	defer h.postbox.Stop()
	require.Eventually(t, func() bool {
		return maps.Equal(map[string]float64{"shop audit.all": 0, "till audit.all": 0}, series(t, h.registry, "holon_event_backlog"))
	}, 10*time.Second, time.Millisecond)
	h.sell(t, sale{Key: "a", Version: 1})
	backlog, err := events.NewOffice([]*events.Outbox{h.postbox, h.box}, h.subscribers).Backlog(t.Context())
	require.NoError(t, err)
	require.Len(t, backlog, 2)
	require.Equal(t, "shop", backlog[0].Module)
	require.Equal(t, 1, backlog[0].Open)
	require.Equal(t, events.ModuleBacklog{Module: "till", Backlog: events.Backlog{Subscriber: "audit.all"}}, backlog[1])
}
