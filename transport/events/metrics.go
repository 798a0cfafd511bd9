package events

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lagBuckets span a hand-over in this process to one that waited for a retry, in seconds.
var lagBuckets = []float64{1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 100e-3, 0.5, 1, 5, 30, 120, 600, 3600}

// handleBuckets span the time of a handler, in seconds.
var handleBuckets = []float64{100e-6, 500e-6, 2.5e-3, 10e-3, 50e-3, 250e-3, 1, 5, 30}

// Metrics are those of all outboxes and intakes of a node.
type Metrics struct {
	announcedTotal *prometheus.CounterVec
	refusedTotal   *prometheus.CounterVec
	outcomes       *prometheus.CounterVec
	lag            *prometheus.HistogramVec
	handling       *prometheus.HistogramVec

	backlog, parkedNow, age    *prometheus.Desc
	resting, diskLow, diskFree *prometheus.Desc
	mu                         sync.Mutex
	sources                    []*Outbox
}

// NewMetrics registers the families.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		announcedTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_events_announced_total", Help: "Events committed to a module's log, by topic."}, []string{"topic"}),
		refusedTotal: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_events_refused_total",
			Help: "Business writes refused because the backlog is full or the disk is low, by module.",
		}, []string{"module"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holon_event_deliveries_total",
			Help: "Hand-overs of events, by subscriber and outcome (delivered, retried, parked, postponed, unreachable).",
		}, []string{"subscriber", "outcome"}),
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "holon_event_lag_seconds", Help: "Time from announcing an event until its batch was answered, by subscriber; replays apart.", Buckets: lagBuckets,
		}, []string{"subscriber"}),
		handling: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "holon_event_handling_seconds", Help: "Time a subscriber took for an event, with its commit, by subscriber.",
			Buckets: handleBuckets,
		}, []string{"subscriber"}),
		backlog: prometheus.NewDesc("holon_event_backlog", "Deliveries that wait or are retried, by module and subscriber.",
			[]string{"module", "subscriber"}, nil),
		parkedNow: prometheus.NewDesc("holon_event_parked", "Deliveries that are parked as dead letters, by module and subscriber.",
			[]string{"module", "subscriber"}, nil),
		age: prometheus.NewDesc("holon_event_backlog_age_seconds", "Age of the oldest event that waits or is retried, by module and subscriber.",
			[]string{"module", "subscriber"}, nil),
	}
	m.resting = prometheus.NewDesc("holon_event_line_resting",
		"1 while events wait because the subscriber's side can take nothing, by module and subscriber.", []string{"module", "subscriber"}, nil)
	m.diskLow = prometheus.NewDesc("holon_disk_low", "1 while business writes are refused because the disk is low, by module.",
		[]string{"module"}, nil)
	m.diskFree = prometheus.NewDesc("holon_disk_free_bytes", "Free space of the disk below a module's store, as seen last.",
		[]string{"module"}, nil)
	for _, c := range []prometheus.Collector{m.announcedTotal, m.refusedTotal, m.outcomes, m.lag, m.handling, m} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// lineMetrics are the children of one subscriber. Those of a rare outcome are made when it happens.
type lineMetrics struct {
	name     string
	lag      prometheus.Observer
	handed   prometheus.Counter
	outcomes *prometheus.CounterVec
}

func (m *Metrics) line(subscriber string) lineMetrics {
	return lineMetrics{name: subscriber, lag: m.lag.WithLabelValues(subscriber),
		handed: m.outcomes.WithLabelValues(subscriber, "delivered"), outcomes: m.outcomes}
}

// delivered counts an event; a replayed one has no lag.
func (m *lineMetrics) delivered(lag time.Duration, replayed bool) {
	m.handed.Inc()
	if !replayed {
		m.lag.Observe(max(lag, 0).Seconds())
	}
}
func (m *lineMetrics) retried() { m.outcomes.WithLabelValues(m.name, "retried").Inc() }
func (m *lineMetrics) parked()  { m.outcomes.WithLabelValues(m.name, "parked").Inc() }
func (m *lineMetrics) postponed(n int) {
	m.outcomes.WithLabelValues(m.name, "postponed").Add(float64(n))
}
func (m *lineMetrics) unreachable(n int) {
	m.outcomes.WithLabelValues(m.name, "unreachable").Add(float64(n))
}

func (m *Metrics) announced(topic string) func() { return m.announcedTotal.WithLabelValues(topic).Inc }

// watch has an outbox's backlog shown.
func (m *Metrics) watch(o *Outbox) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sources = append(m.sources, o)
}
