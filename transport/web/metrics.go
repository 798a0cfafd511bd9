package web

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the edge's families. The route is its pattern, never a path, so that their number is bounded.
type metrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	refused  *refusals
	conns    prometheus.Gauge

	mu sync.Mutex
	// bound are the children of routes that there are.
	bound map[methodRoute]*routeMetrics
}

// methodRoute is what children are bound by.
type methodRoute struct{ method, route string }

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		bound: make(map[methodRoute]*routeMetrics),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_http_requests_total",
			Help: "Requests answered, by method, route and status; of no method and route where none took them.",
		}, []string{"method", "route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "holon_http_request_duration_seconds",
			Help:    "Time from a request's headers to the end of its answer, by method and route.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "holon_http_requests_in_flight",
			Help: "Requests being answered, by method and route.",
		}, []string{"method", "route"}),
		refused: newRefusals(),
		conns:   newConnsGauge(),
	}
	for _, c := range []prometheus.Collector{m.requests, m.duration, m.inFlight, m.refused.family, m.conns} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// routeMetrics are the children of one route. The common status is bound once; others are looked up.
type routeMetrics struct {
	key       methodRoute
	requests  *prometheus.CounterVec
	usual     int
	usually   prometheus.Counter
	durations prometheus.Histogram
	inFlight  prometheus.Gauge
	recent    recent
	errors    atomic.Uint64
}

func (m *metrics) bind(r Route) *routeMetrics {
	labels := prometheus.Labels{"method": r.Method, "route": r.Path}
	usual := r.Status
	if usual == 0 {
		usual = http.StatusOK
	}
	requests := m.requests.MustCurryWith(labels)
	b := &routeMetrics{
		key:       methodRoute{r.Method, r.Path},
		requests:  requests,
		usual:     usual,
		usually:   requests.WithLabelValues(strconv.Itoa(usual)),
		durations: m.duration.With(labels).(prometheus.Histogram),
		inFlight:  m.inFlight.With(labels),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bound[b.key] = b
	return b
}

// unbind ends the series of a route that is no more.
func (m *metrics) unbind(method, route string) {
	labels := prometheus.Labels{"method": method, "route": route}
	m.requests.DeletePartialMatch(labels)
	m.duration.Delete(labels)
	m.inFlight.Delete(labels)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.bound, methodRoute{method, route})
}

func (m *routeMetrics) begin() { m.inFlight.Inc() }

// end takes the answer's status, 0 for one that a panic kept from beginning, and when the request began.
func (m *routeMetrics) end(code int, began time.Time, took time.Duration) {
	if code == 0 {
		code = http.StatusInternalServerError
	}
	m.inFlight.Dec()
	m.durations.Observe(float64(took) * 1e-9)
	m.recent.add(began.Add(took))
	if code >= http.StatusInternalServerError {
		m.errors.Add(1)
	}
	if code == m.usual {
		m.usually.Inc()
		return
	}
	m.requests.WithLabelValues(strconv.Itoa(code)).Inc()
}
