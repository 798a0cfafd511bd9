package events

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Describe is for the registry.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.backlog, m.parkedNow, m.age, m.resting, m.diskLow, m.diskFree} {
		ch <- d
	}
}

// Collect shows what is known of each outbox that was started. Every subscriber has its series, also with nothing to
// show.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	sources := m.sources
	m.mu.Unlock()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, o := range sources {
		if !o.started.Load() {
			continue
		}
		disk := o.Disk()
		gauge(m.diskLow, oneIf(disk.Low), o.module)
		gauge(m.diskFree, float64(disk.Free), o.module)
		for _, l := range o.Lines() {
			gauge(m.resting, oneIf(l.Resting), o.module, l.Subscriber)
		}
		backlog := o.counted.Load()
		if backlog == nil {
			continue // not counted yet
		}
		for _, b := range *backlog {
			age := 0.0
			if !b.Oldest.IsZero() {
				age = max(time.Since(b.Oldest), 0).Seconds()
			}
			gauge(m.backlog, float64(b.Open), o.module, b.Subscriber)
			gauge(m.parkedNow, float64(b.Parked), o.module, b.Subscriber)
			gauge(m.age, age, o.module, b.Subscriber)
		}
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
