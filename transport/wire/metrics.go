package wire

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are those of all connections of a node, in both directions.
type Metrics struct {
	in, out prometheus.Counter
	// calling and serving are calls in flight; dialed and accepted are connections.
	calling, serving, dialed, accepted atomic.Int64
	panics                             prometheus.Counter
	refused                            *prometheus.CounterVec
	seldom                             *seldom
}

// NewMetrics registers the families.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_wire_panics_total", Help: "Panics that left a handler of calls from other nodes."}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_wire_refused_total", Help: "Connections ended or not taken, and calls not taken, by reason.",
		}, []string{"reason"}),
		seldom: newSeldom(),
	}
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holon_wire_bytes_total", Help: "Bytes on connections between nodes, by direction (in, out).",
	}, []string{"direction"})
	for _, reason := range reasons { // each is there from the beginning: who watches sees the first
		m.refused.WithLabelValues(reason)
	}
	m.in, m.out = bytes.WithLabelValues("in"), bytes.WithLabelValues("out")
	gauge := func(name, help, side string, v *atomic.Int64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: name, Help: help, ConstLabels: prometheus.Labels{"side": side},
		}, func() float64 { return float64(v.Load()) })
	}
	const calls = "Calls between nodes in flight, by side (caller, owner)."
	const conns = "Connections between nodes that are open, by side (caller, owner)."
	for _, c := range []prometheus.Collector{
		bytes, m.panics, m.refused,
		gauge("holon_wire_calls_in_flight", calls, "caller", &m.calling),
		gauge("holon_wire_calls_in_flight", calls, "owner", &m.serving),
		gauge("holon_wire_connections", conns, "caller", &m.dialed),
		gauge("holon_wire_connections", conns, "owner", &m.accepted),
	} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) refuse(reason string) { m.refused.WithLabelValues(reason).Inc() }
