package gatewayfx

import (
	"github.com/prometheus/client_golang/prometheus"

	"holon/modules/gateway/internal/proxy"
)

// collector shows Prometheus what the door knows of its services.
type collector struct{ door *proxy.Door }

var (
	retried = prometheus.NewDesc("holon_gateway_retried_total",
		"Requests that were made again on another instance, by route.", []string{"route"}, nil)
	ejected = prometheus.NewDesc("holon_gateway_ejected_total",
		"How often an instance was left alone after failures, by route.", []string{"route"}, nil)
	instances = prometheus.NewDesc("holon_gateway_instances",
		"Instances behind a route, by the state of their breaker.", []string{"route", "breaker"}, nil)
)

// Describe says what there is.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	to <- retried
	to <- ejected
	to <- instances
}

// Collect looks at every service.
func (c collector) Collect(to chan<- prometheus.Metric) {
	for _, s := range c.door.Services() {
		to <- prometheus.MustNewConstMetric(retried, prometheus.CounterValue, float64(s.Retried), s.Route)
		to <- prometheus.MustNewConstMetric(ejected, prometheus.CounterValue, float64(s.Ejected), s.Route)
		by := make(map[proxy.Breaker]int)
		for _, i := range s.Instances {
			by[i.Breaker]++
		}
		for _, b := range []proxy.Breaker{proxy.Closed, proxy.Open, proxy.HalfOpen} {
			to <- prometheus.MustNewConstMetric(instances, prometheus.GaugeValue, float64(by[b]), s.Route, string(b))
		}
	}
}
