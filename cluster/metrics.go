package cluster

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of a node's part in the cluster.
type Metrics struct {
	members *prometheus.GaugeVec
	views   prometheus.Counter
	joins   *prometheus.CounterVec
	refused *prometheus.CounterVec
}

// NewMetrics registers the families.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := newMetrics()
	for _, c := range [...]prometheus.Collector{m.members, m.views, m.joins, m.refused} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func newMetrics() *Metrics {
	return &Metrics{
		members: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "holon_cluster_members", Help: "Nodes in this node's view, by state; stale ones are no longer members.",
		}, []string{"state"}),
		views: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_cluster_view_changes_total", Help: "Views made because something changed."}),
		joins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_cluster_joins_total", Help: "Attempts to join a seed or a lost node, by outcome (ok, failed).",
		}, []string{"outcome"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_cluster_refused_total",
			Help: "What was not let in, by reason (other_cluster, unreadable, not_joined, garbage).",
		}, []string{"reason"}),
	}
}

// orUnregistered spares the rest of the package from asking whether there are metrics.
func (m *Metrics) orUnregistered() *Metrics {
	if m == nil {
		return newMetrics()
	}
	return m
}

func (m *Metrics) viewed(v *View) {
	m.views.Inc()
	var counts [Draining + 1]int
	for _, n := range v.Nodes {
		counts[n.State]++
	}
	for s, n := range counts {
		m.members.WithLabelValues(State(s).String()).Set(float64(n))
	}
}
