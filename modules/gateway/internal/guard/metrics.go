package guard

import (
	"github.com/prometheus/client_golang/prometheus"

	"holon/modules/gateway/internal/limit"
)

// Metrics count whom a guard did not let in. The zero value counts for nobody.
type Metrics struct {
	limits, sheds *prometheus.CounterVec
}

// NewMetrics registers them.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		limits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_gateway_limited_total", Help: "Requests that came too often (429), by route and rate limit.",
		}, []string{"route", "limit"}),
		sheds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_gateway_shed_total", Help: "Requests that were not let in because their target was crowded (503), by target and class.",
		}, []string{"target", "class"}),
	}
	for _, c := range []prometheus.Collector{m.limits, m.sheds} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) limited(route, policy string) {
	if m != nil && m.limits != nil {
		m.limits.WithLabelValues(route, policy).Inc()
	}
}

func (m *Metrics) shed(target string, class limit.Class) {
	if m != nil && m.sheds != nil {
		m.sheds.WithLabelValues(target, class.String()).Inc()
	}
}
