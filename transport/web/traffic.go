package web

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// Traffic is what a route has served of one method since the node started. Routes that nobody asked for are not there.
type Traffic struct {
	Method string `json:"method"`
	// Route is the pattern of a module's route, or the name of a route to somewhere outside.
	Route    string `json:"route"`
	Requests uint64 `json:"requests"`
	// PerSecond is how many there were of late, about a minute.
	PerSecond float64 `json:"per_second"`
	// Errors are the answers from 500 on.
	Errors   uint64 `json:"errors"`
	InFlight int    `json:"in_flight"`
	// P50 and P99 are times in milliseconds that half and 99 of 100 requests stayed under, as far as the histogram can tell.
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// Traffic returns what each route has served, by route and method.
func (a *API) Traffic() []Traffic {
	out := []Traffic{}
	now := time.Now()
	a.metrics.mu.Lock()
	all := make([]*routeMetrics, 0, len(a.metrics.bound))
	for _, m := range a.metrics.bound {
		all = append(all, m)
	}
	a.metrics.mu.Unlock()
	for _, m := range all {
		var h, g dto.Metric
		if m.durations.Write(&h) != nil || m.inFlight.Write(&g) != nil {
			continue // they never fail
		}
		n := h.GetHistogram().GetSampleCount()
		flying := int(g.GetGauge().GetValue())
		if n == 0 && flying == 0 {
			continue
		}
		out = append(out, Traffic{
			Method: m.key.method, Route: m.key.route, Requests: n, PerSecond: m.recent.rate(now), Errors: m.errors.Load(),
			InFlight: flying, P50: quantile(h.GetHistogram(), .5), P99: quantile(h.GetHistogram(), .99),
		})
	}
	slices.SortFunc(out, func(x, y Traffic) int {
		return cmp.Or(strings.Compare(x.Route, y.Route), strings.Compare(x.Method, y.Method))
	})
	return out
}

// quantile reads a quantile from a histogram's buckets as Prometheus does, in milliseconds. Beyond the last bucket it is that
// one's bound.
func quantile(h *dto.Histogram, q float64) float64 {
	if h.GetSampleCount() == 0 {
		return 0
	}
	rank := q * float64(h.GetSampleCount())
	var below, from float64
	for _, b := range h.GetBucket() {
		count, to := float64(b.GetCumulativeCount()), b.GetUpperBound()
		if count >= rank && count > below {
			return math.Round(1e5*(from+(to-from)*(rank-below)/(count-below))) / 100
		}
		below, from = count, to
	}
	return from * 1000
}

// recent counts what happened in this minute and the one before.
type recent struct{ minute, now, before atomic.Int64 }

const minute = int64(time.Minute / time.Second)

// add counts one. Where two see the minute turn at once, one count in a minute may be lost, which nobody minds.
func (r *recent) add(at time.Time) {
	r.turn(at.Unix() / minute)
	r.now.Add(1)
}

func (r *recent) turn(to int64) {
	switch was := r.minute.Load(); {
	case was == to || !r.minute.CompareAndSwap(was, to):
	case was == to-1:
		r.before.Store(r.now.Swap(0))
	default:
		r.now.Store(0)
		r.before.Store(0)
	}
}

// rate is per second: this minute, and as much of the one before as is missing.
func (r *recent) rate(at time.Time) float64 {
	r.turn(at.Unix() / minute)
	rest := float64(minute - at.Unix()%minute)
	return math.Round(100*(float64(r.now.Load())+float64(r.before.Load())*rest/float64(minute))/float64(minute)) / 100
}
