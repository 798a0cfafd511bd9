package web_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/web"
)

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
		func(p *web.Params) { p.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})) })
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
