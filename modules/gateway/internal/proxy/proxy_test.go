package proxy_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
)

func TestRequestsGoThere(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-From", "shop")
		w.WriteHeader(http.StatusCreated)
		echo(w, r)
	})
	f := newFront(t, with(to("shop", "/shop/{rest...}", u), func(r *routes.Route) { r.Strip = "/shop" }))
	a := f.ask("POST", "/shop/carts/7?a=1&a=2", "hello", "Content-Type", "text/plain", "X-Holon-Subject", "root", "X_Real_IP", "1.1.1.1",
		"X-Forwarded-For", "10.1.1.1", "X-Request-Id", "mine", "Authorization", "Bearer theirs")
	require.Equal(t, []any{201, "hello", "shop"}, []any{a.code, a.body, a.header.Get("X-From")})
	got := u.last()
	require.Equal(t, "/carts/7?a=1&a=2", got.RequestURI)
	require.Equal(t, u.Listener.Addr().String(), got.Host)
	require.Equal(t, "127.0.0.1", got.Header.Get("X-Forwarded-For"))
	require.Equal(t, []string{"http", f.addr}, []string{got.Header.Get("X-Forwarded-Proto"), got.Header.Get("X-Forwarded-Host")})
	require.Empty(t, got.Header.Get("X-Holon-Subject"))
	require.NotContains(t, got.Header, "X_real_ip")
	require.Equal(t, a.header.Values("X-Request-Id"), got.Header.Values("X-Request-Id"))
	require.NotEqual(t, "mine", got.Header.Get("X-Request-Id"))
	require.Equal(t, "Bearer theirs", got.Header.Get("Authorization"), "the route asks for none, so it is the upstream's")
	require.NotEmpty(t, got.Header.Get("Traceparent"))

	require.Equal(t, 200, f.ask("GET", "/users/7", "").code, "modules serve their own")
	require.Equal(t, "no_route", f.ask("GET", "/elsewhere", "").problem())
}

func TestWhoMay(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, echo)
	f := newFront(t,
		with(to("shop", "/shop/{rest...}", u), func(r *routes.Route) { r.Auth = routes.AuthAny }),
		with(to("office", "/office", u), func(r *routes.Route) { r.Auth, r.Roles = routes.AuthAny, []string{"admin", "clerk"} }),
		with(to("books", "/books", u), func(r *routes.Route) {
			r.Auth, r.Scopes, r.ForwardToken = routes.AuthAny, []string{"read", "write"}, true
		}))
	for path, codes := range map[string]map[string]any{
		"/shop/":  {"": "unauthenticated", "Bearer nobody": "invalid_token", "Bearer ada": 200, "Bearer bob": 200, "Bearer robot": 200, "Basic x": "unauthenticated"},
		"/office": {"": "unauthenticated", "Bearer bob": "permission_denied", "Bearer ada": 200, "Bearer robot": "out_of_scope"},
		"/books":  {"Bearer ada": 200, "Bearer bob": "permission_denied"},
	} {
		for token, want := range codes {
			header := []string{"Authorization", token}
			if token == "" {
				header = nil
			}
			before := u.count()
			a := f.ask("GET", path, "", header...)
			if want == 200 {
				require.Equal(t, 200, a.code, "%s %s: %s", path, token, a.body)
				continue
			}
			require.Equal(t, want, a.problem(), "%s %s", path, token)
			require.Equal(t, before, u.count(), "it is not asked")
		}
	}
	f.ask("GET", "/shop/", "", "Authorization", "Bearer ada", "X-Holon-Roles", "root", "X-Holon-Key", "x")
	got := u.last().Header
	require.Equal(t, []string{"u1", "admin", "read write", "", ""},
		[]string{got.Get("X-Holon-Subject"), got.Get("X-Holon-Roles"), got.Get("X-Holon-Scopes"), got.Get("X-Holon-Key"), got.Get("Authorization")})
	f.ask("GET", "/books", "", "Authorization", "Bearer ada")
	require.Equal(t, "Bearer ada", u.last().Header.Get("Authorization"))
}

// TestWhatWentWrong tells no route, no instance, a broken and a late answer apart.
func TestWhatWentWrong(t *testing.T) {
	t.Parallel()
	wait := make(chan struct{})
	broken := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	})
	late := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-wait:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(wait) })
	gone := newUpstream(t, echo)
	gone.Close()
	quick := func(r *routes.Route) { r.Timeout, r.MaxBody = 100*time.Millisecond, 10 }
	f := newFront(t, to("gone", "/gone", gone), to("broken", "/broken", broken), with(to("late", "/late", late), quick))
	for request, want := range map[string][]any{
		"GET /nothing": {404, "no_route", ""},
		"GET /gone":    {503, "service_unavailable", "1"},
		"POST /gone":   {503, "service_unavailable", "1"},
		"GET /broken":  {502, "bad_gateway", ""},
		"POST /broken": {502, "bad_gateway", ""},
		"GET /late":    {504, "upstream_timeout", ""},
	} {
		method, path, _ := strings.Cut(request, " ")
		a := f.ask(method, path, "")
		require.Equal(t, want, []any{a.code, a.problem(), a.header.Get("Retry-After")}, request)
		require.NotContains(t, a.body, "127.0.0.1", "addresses are nobody's business")
	}
	require.Contains(t, f.ask("GET", "/gone", "").body, "connection refused")
	require.Equal(t, "too_large", f.ask("POST", "/late", strings.Repeat("x", 11)).problem())
}

// TestAnotherInstance is asked where the first was not reached, and once more where that does no harm.
func TestAnotherInstance(t *testing.T) {
	t.Parallel()
	var bad atomic.Int32
	failing := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		bad.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	good, gone := newUpstream(t, echo), newUpstream(t, echo)
	gone.Close()
	f := newFront(t, to("half", "/half", gone, good), to("bad", "/bad", failing, good))
	for range 20 {
		require.Equal(t, 200, f.ask("POST", "/half", "body").code, "what nobody has got goes to another")
	}
	errors := 0
	for range 50 {
		if f.ask("GET", "/bad", "").code != 200 {
			errors++
		}
	}
	require.LessOrEqual(t, errors, 2, "a GET is made again, as far as the budget goes")
	require.Equal(t, int32(5), bad.Load(), "after five failures it is left alone")
	var states []string
	for _, s := range f.door.Services() {
		for _, i := range s.Instances {
			states = append(states, s.Route+" "+string(i.Breaker))
		}
	}
	require.ElementsMatch(t, []string{"half open", "half closed", "bad open", "bad closed"}, states)
}

// TestPostsAreNotMadeTwice unless they carry a key.
func TestPostsAreNotMadeTwice(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	dies := func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			return
		}
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}
	a, b := newUpstream(t, dies), newUpstream(t, dies)
	f := newFront(t, to("x", "/x", a, b), with(to("off", "/off", newUpstream(t, dies), newUpstream(t, dies)), func(r *routes.Route) { r.Retry.Off = true }))
	require.Equal(t, 502, f.ask("POST", "/x", "pay").code)
	asked.Store(0)
	require.Equal(t, 200, f.ask("POST", "/x", "pay", "Idempotency-Key", "k").code)
	require.Equal(t, int32(2), asked.Load())
	asked.Store(0)
	require.Equal(t, 502, f.ask("GET", "/off", "").code)
}

func TestVersionsAndWeights(t *testing.T) {
	t.Parallel()
	one, two, none := newUpstream(t, echo), newUpstream(t, echo), newUpstream(t, echo)
	r := to("shop", "/shop", one, two, none)
	r.Upstreams[0].Version, r.Upstreams[1].Version, r.Upstreams[2].Version = "1.9.0", "1.10.0", "2.0.0"
	r.Weights = []routes.Weight{{Version: "1.9.0", Weight: 1}, {Version: "1.10.0", Weight: 3}, {Version: "2.0.0", Weight: 0}}
	latest := with(to("new", "/new", one, two), func(r *routes.Route) {
		r.Upstreams[0].Version, r.Upstreams[1].Version, r.Version = "1.9.0", "1.10.0", "latest"
	})
	f := newFront(t, r, latest)
	for range 400 {
		require.Equal(t, 200, f.ask("GET", "/shop", "").code)
	}
	require.Zero(t, none.count())
	require.InDelta(t, 100, one.count(), 45, "a quarter; three sigma are 26")
	before := two.count()
	for range 10 {
		f.ask("GET", "/new", "")
	}
	require.Equal(t, before+10, two.count(), "1.10.0 is newer than 1.9.0")
}

func TestStreams(t *testing.T) {
	t.Parallel()
	next := make(chan string)
	u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for text := range next {
			_, _ = io.WriteString(w, "data: "+text+"\n\n")
			_ = http.NewResponseController(w).Flush()
		}
	})
	f := newFront(t, with(to("events", "/events", u), func(r *routes.Route) { r.Streams, r.Timeout = true, 100*time.Millisecond }))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+f.addr+"/events", nil)
	require.NoError(t, err)
	transport := &http.Transport{DisableKeepAlives: true}
	go func() { next <- "one" }()
	resp, err := transport.RoundTrip(r)
	require.NoError(t, err)
	in := bufio.NewReader(resp.Body)
	line, err := in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "data: one\n", line)
	<-time.After(200 * time.Millisecond) // longer than an answer may take to begin
	next <- "two"
	_, _ = in.ReadString('\n')
	line, err = in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "data: two\n", line)
	close(next)
	require.NoError(t, resp.Body.Close())
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "echo" {
			w.WriteHeader(http.StatusUpgradeRequired)
			return
		}
		c, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := rw.ReadString('\n')
		_, _ = io.WriteString(c, strings.ToUpper(line))
	})
	f := newFront(t, with(to("ws", "/ws", u), func(r *routes.Route) { r.Upgrade = true }), to("plain", "/plain", u))
	const ask = " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", f.addr)
	require.NoError(t, err)
	_, err = io.WriteString(c, "GET /ws"+ask)
	require.NoError(t, err)
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, 101, resp.StatusCode)
	_, err = io.WriteString(c, "hello\n")
	require.NoError(t, err)
	line, err := in.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "HELLO\n", line)
	require.NoError(t, c.Close())
	before := u.count()
	require.Equal(t, "HTTP/1.1 400 Bad Request", f.raw("GET /plain"+ask))
	require.Equal(t, before, u.count())
}

func TestCORS(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, echo)
	f := newFront(t, with(to("shop", "/shop", u), func(r *routes.Route) {
		r.Methods, r.Auth = []string{"GET", "POST"}, routes.AuthAny
		r.CORS.Origins, r.CORS.Headers, r.CORS.Credentials = []string{"https://a.example"}, []string{"Authorization"}, true
	}), to("closed", "/closed", u))
	ask := func(path, origin string) http.Header {
		return f.ask("OPTIONS", path, "", "Origin", origin, "Access-Control-Request-Method", "POST").header
	}
	h := ask("/shop", "https://a.example")
	require.Equal(t, []string{"https://a.example", "GET, POST", "Authorization", "true", "600"}, []string{h.Get("Access-Control-Allow-Origin"),
		h.Get("Access-Control-Allow-Methods"), h.Get("Access-Control-Allow-Headers"), h.Get("Access-Control-Allow-Credentials"), h.Get("Access-Control-Max-Age")})
	require.Zero(t, u.count(), "the question is the gateway's to answer")
	require.Empty(t, ask("/shop", "https://b.example").Get("Access-Control-Allow-Origin"))
	a := f.ask("GET", "/shop", "", "Origin", "https://a.example", "Authorization", "Bearer ada")
	require.Equal(t, []string{"https://a.example", "Origin"}, []string{a.header.Get("Access-Control-Allow-Origin"), a.header.Get("Vary")})
	require.Empty(t, ask("/closed", "https://a.example").Get("Access-Control-Allow-Origin"))
}

// TestReload exchanges the table while requests are under way.
func TestReload(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	var once atomic.Bool
	slow := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		if !once.Swap(true) {
			<-hold
		}
		echo(w, r)
	})
	gone := newUpstream(t, echo)
	gone.Close()
	f := newFront(t, to("a", "/a", slow), to("b", "/b", gone))
	for range 6 {
		f.ask("GET", "/b", "")
	}
	under := make(chan answer)
	go func() { under <- f.ask("POST", "/a", "on its way") }()
	require.Eventually(t, once.Load, 5*time.Second, time.Millisecond)
	d := f.load(with(to("b", "/b", gone), func(r *routes.Route) { r.Timeout = time.Second }), to("c", "/c", slow))
	require.Equal(t, routes.Diff{Added: []string{"c"}, Removed: []string{"a"}, Changed: []string{"b"}}, d)
	require.Equal(t, "no_route", f.ask("GET", "/a", "").problem())
	require.Equal(t, 200, f.ask("GET", "/c", "").code)
	close(hold)
	require.Equal(t, "on its way", (<-under).body)
	for _, s := range f.door.Services() {
		if s.Route == "b" {
			require.GreaterOrEqual(t, s.Instances[0].Failures+map[proxy.Breaker]int{proxy.Open: 5}[s.Instances[0].Breaker], 5, "what is known of an instance stays")
		}
	}
}

func TestModuleAsAService(t *testing.T) {
	t.Parallel()
	r := routes.Route{Name: "people", Path: "/people/{id}", Service: "user", Version: "^1", Rewrite: "/users/{id}"}
	r.Defaults()
	bad := routes.Route{Name: "bad", Path: "/bad", Service: "user"}
	bad.Defaults()
	f := newFront(t, r, bad)
	a := f.ask("GET", "/people/7", "")
	require.Equal(t, 200, a.code)
	require.JSONEq(t, `{"ID":"7"}`, a.body)
	require.Equal(t, "no_route", f.ask("GET", "/bad", "").problem())
}

// TestClientThatHangsUp is nobody's failure.
func TestClientThatHangsUp(t *testing.T) {
	t.Parallel()
	came := make(chan struct{}, 10)
	u := newUpstream(t, func(_ http.ResponseWriter, r *http.Request) {
		came <- struct{}{}
		<-r.Context().Done()
	})
	f := newFront(t, to("x", "/x", u))
	for range 6 {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.addr+"/x", nil)
		require.NoError(t, err)
		go func() {
			<-came
			leave()
		}()
		_, err = (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Eventually(t, func() bool {
		i := f.door.Services()[0].Instances[0]
		return i.InFlight == 0 && i.Failures == 0 && i.Breaker == proxy.Closed
	}, 5*time.Second, time.Millisecond)
}
