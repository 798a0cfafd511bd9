package web

import "github.com/prometheus/client_golang/prometheus"

// refusals count what met a limit. Every limit has its series from the start: that nothing was refused is news too.
type refusals struct {
	family *prometheus.CounterVec
	by     []prometheus.Counter
}

func newRefusals() *refusals {
	r := &refusals{family: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holon_http_refused_total",
		Help: "Requests and connections that met a limit, by limit; of max_connections, those that had to wait, " +
			"and of malformed also those that expect what nobody can do (417).",
	}, []string{"limit"})}
	for _, l := range (Limits{}).Describe() {
		r.by = append(r.by, r.family.WithLabelValues(l.Name))
	}
	return r
}

func (r *refusals) count(l limit) { r.by[l].Inc() }

func newConnsGauge() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "holon_http_connections",
		Help: "Connections of clients that are open.",
	})
}
