package rpc

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holon/transport/contract"
	"holon/transport/status"
)

// The place of a call: one that stayed in this process, and one that went to another node.
const (
	placeLocal  = "local"
	placeRemote = "remote"
)

// callBuckets span a call inside the process (microseconds) to one at its deadline, in seconds.
var callBuckets = []float64{5e-6, 25e-6, 100e-6, 500e-6, 2.5e-3, 10e-3, 50e-3, 250e-3, 1, 5, 10}

// metrics are the families; their children are bound once per caller and method because a look-up by label costs
// more than the call itself.
type metrics struct {
	duration *prometheus.HistogramVec
	failures *prometheus.CounterVec
	panics   *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "holon_call_duration_seconds",
			Help:    "Time a call between modules took, by caller, method and place (local or remote).",
			Buckets: callBuckets,
		}, []string{"caller", "method", "place"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_call_failures_total",
			Help: "Calls between modules that ended in an error, by caller, method, place and code.",
		}, []string{"caller", "method", "place", "code"}),
		panics: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_call_panics_total",
			Help: "Panics of handlers that the call's guard caught, by method.",
		}, []string{"method"}),
	}
	for _, c := range []prometheus.Collector{m.duration, m.failures, m.panics} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// callMetrics are the children of one caller and method. Failures are looked up when they happen: they are rare and
// their series should not exist before.
type callMetrics struct {
	duration prometheus.Observer
	failures *prometheus.CounterVec
	panics   *prometheus.CounterVec
	method   string
}

func (m *metrics) bind(caller contract.Caller, method, place string) callMetrics {
	labels := prometheus.Labels{"caller": string(caller), "method": method, "place": place}
	return callMetrics{
		duration: m.duration.With(labels),
		failures: m.failures.MustCurryWith(labels),
		panics:   m.panics,
		method:   method,
	}
}

// took multiplies where Duration.Seconds divides twice: a tenth of the whole guard.
func (m *callMetrics) took(d time.Duration)    { m.duration.Observe(float64(d) * 1e-9) }
func (m *callMetrics) failed(code status.Code) { m.failures.WithLabelValues(code.String()).Inc() }
func (m *callMetrics) panicked()               { m.panics.WithLabelValues(m.method).Inc() }
