package rpc

import "github.com/prometheus/client_golang/prometheus"

// remoteMetrics count what happens to calls to other nodes beside how they end.
type remoteMetrics struct {
	ejections, repeats, waits prometheus.Counter
}

func newRemoteMetrics(r prometheus.Registerer) (*remoteMetrics, error) {
	m := &remoteMetrics{
		ejections: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_instance_ejections_total", Help: "Times an instance was left alone for a while because calls to it failed.",
		}),
		repeats: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_call_repeats_total", Help: "Calls that were made once more because their answer was lost.",
		}),
		waits: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "holon_call_waits_total", Help: "Calls that waited because no instance could be reached.",
		}),
	}
	for _, c := range []prometheus.Collector{m.ejections, m.repeats, m.waits} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
