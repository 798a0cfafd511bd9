package proxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

// upstream is a service outside that writes down what it got.
type upstream struct {
	*httptest.Server
	mu   sync.Mutex
	got  []*http.Request
	body []string
}

func newUpstream(t testing.TB, h http.HandlerFunc) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.mu.Lock()
		u.got, u.body = append(u.got, r), append(u.body, string(body))
		u.mu.Unlock()
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		h(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

func (u *upstream) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.got)
}

func (u *upstream) last() *http.Request {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.got[len(u.got)-1]
}

func echo(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }

// tokens knows a few.
type tokens map[string]contract.Principal

func (k tokens) Authenticate(_ context.Context, token string) (contract.Principal, error) {
	if p, ok := k[token]; ok {
		return p, nil
	}
	return contract.Principal{}, status.New(status.Unauthenticated, "invalid_token", "no such token")
}

type open struct{}

func (open) AdmitOut(http.Header, *http.Request, *routes.Compiled, contract.Principal) error {
	return nil
}
func (open) EnterOut(context.Context, *http.Request, *routes.Compiled, contract.Principal) (func(int), error) {
	return func(int) {}, nil
}

// front is a gateway in front of services.
type front struct {
	t    testing.TB
	door *proxy.Door
	api  *web.API
	addr string
	// handlers are the routes of modules that are handlers.
	handlers []routes.Route
}

var known = tokens{
	"ada":   {Subject: "u1", Roles: []string{"admin"}, Scopes: []string{"read", "write"}},
	"bob":   {Subject: "u2"},
	"clerk": {Subject: "u1", Key: "k2", Scopes: []string{"module:shop"}}, "stranger": {Subject: "u1", Key: "k3", Scopes: []string{"module:user"}},
	"robot": {Subject: "u1", Key: "k1", Scopes: []string{"service:shop"}},
}

func newFront(t testing.TB, all ...routes.Route) *front {
	t.Helper()
	return newFrontFor(t, nil, nil, all...)
}

// newFrontFor is a gateway with routes of handlers, of which some run beside it.
func newFrontFor(t testing.TB, here *adapter.Adapter, handlers []routes.Route, all ...routes.Route) *front {
	t.Helper()
	api, err := web.New(web.Params{Title: "t", Version: "1", Auth: known, Limits: web.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Surfaces: []web.Surface{{Module: "user", Routes: func(a *web.API) {
			web.Add(a, web.Route{Method: "GET", Path: "/users/{id}", ID: "get-user", Access: web.Public, Alone: true},
				func(_ context.Context, in *struct {
					ID string `path:"id"`
				}) (*struct{ Body struct{ ID string } }, error) {
					out := &struct{ Body struct{ ID string } }{}
					out.Body.ID = in.ID
					return out, nil
				})
		}}}})
	require.NoError(t, err)
	f := &front{t: t, api: api, handlers: handlers}
	f.door = proxy.New(proxy.Params{Auth: known, Guard: open{}, Trusted: proxy.Trusted{netip.MustParsePrefix("192.0.2.0/24")}, Log: slog.New(slog.DiscardHandler),
		Module: api.ServeModule, Forget: api.Forget, Handlers: here, Versions: map[string]string{"shop": "1.0.0"}})
	api.GoOutside(f.door)
	f.load(all...)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	limits := web.DefaultLimits()
	limits.IdleGrace = 0
	server := web.NewServer(api, limits, slog.New(slog.DiscardHandler))
	server.Start(ln, func(error) {})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
		f.door.Close()
	})
	f.addr = ln.Addr().String()
	return f
}

func (f *front) load(all ...routes.Route) routes.Diff {
	f.t.Helper()
	table, err := routes.New(all, nil, &routes.Beside{Builtins: []routes.Builtin{{Method: "GET", Path: "/users/{id}", Module: "user", Version: "1.0.0"}}, Handlers: f.handlers})
	require.NoError(f.t, err)
	return f.door.Load(table)
}

// to is a route for everybody to upstreams.
func to(name, path string, upstreams ...*upstream) routes.Route {
	r := routes.Route{Name: name, Path: path}
	r.Defaults()
	r.Auth = routes.AuthNone
	for _, u := range upstreams {
		r.Upstreams = append(r.Upstreams, routes.Upstream{URL: u.URL})
	}
	return r
}

func with(r routes.Route, edit func(*routes.Route)) routes.Route {
	edit(&r)
	return r
}

type answer struct {
	code   int
	header http.Header
	body   string
}

// problem is the code of the answer's problem.
func (a answer) problem() string {
	var p web.Problem
	if json.Unmarshal([]byte(a.body), &p) != nil {
		return a.body
	}
	return p.Code
}

func (f *front) ask(method, path, body string, header ...string) answer {
	f.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(f.t.Context(), method, "http://"+f.addr+path, in)
	require.NoError(f.t, err)
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Add(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	require.NoError(f.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(f.t, err)
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// raw sends bytes as they are and returns the first line of what comes back.
func (f *front) raw(text string) string {
	f.t.Helper()
	c, err := net.Dial("tcp", f.addr)
	require.NoError(f.t, err)
	defer func() { _ = c.Close() }()
	_, _ = c.Write([]byte(text))
	_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
	line, _ := bufio.NewReader(c).ReadString('\n')
	return strings.TrimSpace(line)
}
