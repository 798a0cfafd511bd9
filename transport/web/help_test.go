package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/web"
)

// edge is an API with all that it logs and counts.
type edge struct {
	*web.API
	metrics *prometheus.Registry
	log     *record
	limits  web.Limits
}

// record keeps a log.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

func (r *record) logger() *slog.Logger { return slog.New(slog.NewTextHandler(r, nil)) }

// authFunc is an Authenticator.
type authFunc func(context.Context, string) (contract.Principal, error)

func (f authFunc) Authenticate(ctx context.Context, token string) (contract.Principal, error) {
	return f(ctx, token)
}

// newEdge mounts the routes of a module called books.
func newEdge(t testing.TB, routes func(*web.API), options ...func(*web.Params)) *edge {
	t.Helper()
	e := &edge{metrics: prometheus.NewRegistry(), log: &record{}}
	p := web.Params{
		Title: "test", Version: "1", Limits: web.DefaultLimits(), Log: e.log.logger(), Metrics: e.metrics,
		Surfaces: []web.Surface{{Module: "books", Routes: routes}},
	}
	for _, o := range options {
		o(&p)
	}
	e.limits = p.Limits
	var err error
	e.API, err = web.New(p)
	require.NoError(t, err)
	return e
}

// do sends a request; headers are names and values in turn.
func (e *edge) do(t testing.TB, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// refused sends a request that must be answered with a problem of the given status and returns it.
func (e *edge) refused(t testing.TB, httpStatus int, method, target string, body io.Reader, headers ...string) web.Problem {
	t.Helper()
	return problemOf(t, httpStatus, e.do(t, method, target, body, headers...))
}

func problemOf(t testing.TB, httpStatus int, w *httptest.ResponseRecorder) web.Problem {
	t.Helper()
	require.Equal(t, httpStatus, w.Code, "%s", w.Body)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var p web.Problem
	d := json.NewDecoder(w.Body)
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(&p))
	require.Equal(t, httpStatus, p.Status)
	require.Equal(t, "about:blank", p.Type)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	require.NotEmpty(t, p.Code)
	require.Len(t, p.TraceID, 32)
	return p
}

// text is a request body.
func text(s string) io.Reader { return strings.NewReader(s) }

// Routes of one line.
func public(method, path string) web.Route {
	return web.Route{Method: method, Path: path, ID: strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path),
		Access: web.Public}
}

func ok(context.Context, *struct{}) (*struct{}, error) { return nil, nil }

// fails is a route's function that only fails.
func fails(err error) func(context.Context, *struct{}) (*struct{}, error) {
	return func(context.Context, *struct{}) (*struct{}, error) { return nil, err }
}

var _ http.Handler = (*edge)(nil)
