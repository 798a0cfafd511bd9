package web

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
)

// TestRecentRate holds that the rate is that of about a minute.
func TestRecentRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute)))
		var r recent
		for range 300 { // five a second
			r.add(time.Now())
			<-time.After(200 * time.Millisecond)
		}
		require.InDelta(t, 5, r.rate(time.Now()), .01, "the minute is over, and is the one before")
		<-time.After(30 * time.Second)
		require.InDelta(t, 2.5, r.rate(time.Now()), .01)
		<-time.After(time.Minute)
		require.Zero(t, r.rate(time.Now()))
	})
}

func TestQuantile(t *testing.T) {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "h", Buckets: []float64{.1, .2, .4}})
	read := func() *dto.Histogram {
		var m dto.Metric
		require.NoError(t, h.Write(&m))
		return m.GetHistogram()
	}
	require.Zero(t, quantile(read(), .5), "of nothing")
	for range 100 {
		h.Observe(.15)
	}
	require.InDelta(t, 150, quantile(read(), .5), .01)
	require.InDelta(t, 199, quantile(read(), .99), .01)
	for range 900 {
		h.Observe(7)
	}
	require.InDelta(t, 400, quantile(read(), .99), .01, "it is more, nobody knows how much")
}
