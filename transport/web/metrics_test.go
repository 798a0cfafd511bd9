package web_test

import (
	"context"
	"log/slog"
	"maps"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/web"
)

// counted returns a metric's value, the number of observations for a histogram.
func (e *edge) counted(t testing.TB, name string, labels map[string]string) int {
	t.Helper()
	families, err := e.metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got := make(map[string]string)
			for _, pair := range m.GetLabel() {
				got[pair.GetName()] = pair.GetValue()
			}
			if f.GetName() == name && maps.Equal(got, labels) {
				return int(m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount()))
			}
		}
	}
	return 0
}

// answered returns how many requests of a route were answered with a status.
func (e *edge) answered(t testing.TB, method, route, code string) int {
	t.Helper()
	return e.counted(t, "holon_http_requests_total", map[string]string{"method": method, "route": route, "code": code})
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	t.Parallel()
	var e *edge
	e = newEdge(t, func(a *web.API) {
		r := public("POST", "/books/{id}")
		r.Status = 201
		web.Add(a, r, func(_ context.Context, in *struct {
			ID string `path:"id" maxLength:"3"`
		}) (*struct{}, error) {
			require.Equal(t, 1, e.counted(t, "holon_http_requests_in_flight", map[string]string{"method": "POST", "route": "/books/{id}"}))
			if in.ID == "no" {
				return nil, status.New(status.NotFound, "", "no")
			}
			return nil, nil
		})
	})
	for _, path := range []string{"/books/1", "/books/2", "/books/no", "/books/toolong", "/elsewhere"} {
		e.do(t, "POST", path, nil)
	}
	require.Equal(t, 1, e.answered(t, "none", "none", "404"), "of paths that no route takes there is one series")
	require.Equal(t, 2, e.answered(t, "POST", "/books/{id}", "201"))
	require.Equal(t, 1, e.answered(t, "POST", "/books/{id}", "404"))
	require.Equal(t, 1, e.answered(t, "POST", "/books/{id}", "422"))
	route := map[string]string{"method": "POST", "route": "/books/{id}"}
	require.Equal(t, 4, e.counted(t, "holon_http_request_duration_seconds", route))
	require.Zero(t, e.counted(t, "holon_http_requests_in_flight", route))
}

func TestEveryAnswerIsALineForDebugging(t *testing.T) {
	t.Parallel()
	var log record
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books/{id}"), ok) },
		func(p *web.Params) {
			p.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
	e.do(t, "GET", "/books/1", nil)
	require.Contains(t, log.String(), `msg="request answered" method=GET route=/books/{id} status=204 took=`)
}

func TestOneAPIPerRegistry(t *testing.T) {
	t.Parallel()
	p := web.Params{Limits: web.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()}
	_, err := web.New(p)
	require.NoError(t, err)
	_, err = web.New(p)
	require.ErrorContains(t, err, "register http metrics")
}

// met returns how often a limit was met.
func (e *edge) met(t testing.TB, limit string) int {
	t.Helper()
	return e.counted(t, "holon_http_refused_total", map[string]string{"limit": limit})
}
