package storage_test

import (
	"context"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// gathered returns the values of counters and gauges and the counts of histograms, by name and labels.
func gathered(t testing.TB, from prometheus.Gatherer) map[string]float64 {
	t.Helper()
	families, err := from.Gather()
	require.NoError(t, err)
	values := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			key := f.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetName() + "=" + l.GetValue()
			}
			values[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return values
}

// commits returns how many transactions were committed.
func commits(t testing.TB, from prometheus.Gatherer) int {
	t.Helper()
	return int(gathered(t, from)["holon_storage_commits_total module=order"])
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	p, metrics := params(t.TempDir()), prometheus.NewRegistry()
	p.Metrics = metrics
	s := openStore(t, p)
	s.together(t, inserting("a", "1"), inserting("a", "2"))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error)
	go func() { told <- s.insert(ctx, "b", "3") }()
	s.awaitQueued(t, 1)
	cancel()
	require.Error(t, <-told)
	release()
	s.awaitQueued(t, 0) // what was abandoned is met in its turn

	require.Equal(t, map[string]float64{
		"holon_storage_commits_total module=order":                 3,
		"holon_storage_writes_total module=order result=abandoned": 1,
		"holon_storage_writes_total module=order result=committed": 3,
		"holon_storage_writes_total module=order result=failed":    1,
		"holon_storage_writes_total module=order result=lost":      0,
		"holon_storage_batch_size module=order":                    3,
		"holon_storage_commit_duration_seconds module=order":       3,
		"holon_storage_queue_wait_seconds module=order":            4,
		"holon_storage_queue_length module=order":                  0,
	}, gathered(t, metrics))
}

func TestMetricsOfOneNode(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	p.Metrics = prometheus.NewRegistry()
	_, err := storage.New(p)
	require.NoError(t, err)
	_, err = storage.New(p)
	require.ErrorContains(t, err, "register metrics", "the same module twice")
	p.Module = "user"
	_, err = storage.New(p)
	require.NoError(t, err, "another module of the same node")
}
