package storage

import "github.com/prometheus/client_golang/prometheus"

// metrics are one module's, with the children bound so that a write looks none up.
type metrics struct {
	commits prometheus.Counter
	// One of these for every write that was queued.
	committed, failed, lost, abandoned prometheus.Counter

	batch, commit, wait prometheus.Histogram

	all []prometheus.Collector
}

func newMetrics(queued func() float64) *metrics {
	writes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holon_storage_writes_total",
		Help: "Writes by result: committed, failed (its own function), lost (with its transaction), abandoned (its caller left the queue).",
	}, []string{"result"})
	m := &metrics{
		commits: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_storage_commits_total",
			Help: "Transactions committed; each makes one or more writes durable.",
		}),
		committed: writes.WithLabelValues("committed"),
		failed:    writes.WithLabelValues("failed"),
		lost:      writes.WithLabelValues("lost"),
		abandoned: writes.WithLabelValues("abandoned"),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "holon_storage_batch_size",
			Help:    "Writes that shared one transaction.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 8),
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "holon_storage_commit_duration_seconds",
			Help:    "Time from the begin of a transaction to the end of its commit or rollback.",
			Buckets: prometheus.ExponentialBuckets(0.000_1, 2.5, 12),
		}),
		wait: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "holon_storage_queue_wait_seconds",
			Help:    "Time from the queueing of a write to the begin of its transaction.",
			Buckets: prometheus.ExponentialBuckets(0.000_01, 4, 11),
		}),
	}
	length := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "holon_storage_queue_length",
		Help: "Writes that wait for the writer.",
	}, queued)
	m.all = []prometheus.Collector{writes, m.commits, m.batch, m.commit, m.wait, length}
	return m
}

// register registers all metrics with the label module, or none of them.
func (m *metrics) register(module string, to prometheus.Registerer) error {
	if to == nil {
		return nil
	}
	to = prometheus.WrapRegistererWith(prometheus.Labels{"module": module}, to)
	for i, c := range m.all {
		if err := to.Register(c); err != nil {
			for _, done := range m.all[:i] {
				to.Unregister(done)
			}
			return err
		}
	}
	return nil
}
