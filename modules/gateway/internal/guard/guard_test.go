package guard_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/guard"
	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/routes"
	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

var (
	orders = &web.RouteInfo{Module: "order", Method: "POST", Path: "/orders", ID: "place-order"}
	login  = &web.RouteInfo{Module: "user", Method: "POST", Path: "/sessions", ID: "sign-in", Access: web.Public}
	health = &web.RouteInfo{Module: "gateway", Method: "GET", Path: "/health", ID: "get-health", Alone: true}
	ada    = contract.Principal{Subject: "ada"}
	bob    = contract.Principal{Subject: "bob"}
)

type bench struct {
	*guard.Guard
	t        *testing.T
	now      time.Time
	gateways int
}

func newGuard(t *testing.T, crowd *limit.Params, rules ...guard.Rule) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Unix(1_800_000_000, 0), gateways: 1}
	counts, err := guard.NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	b.Guard, err = guard.New(guard.Params{Keys: 10_000, Gateways: func() int { return b.gateways }, Crowd: crowd, Modules: true, Metrics: counts,
		Now:    func() time.Time { return b.now },
		Client: func(r *http.Request) netip.Addr { return netip.MustParseAddrPort(r.RemoteAddr).Addr() }})
	require.NoError(t, err)
	b.Load(rules)
	return b
}

// ask admits a request and lets it go at once. It returns the refusal's name, "" for none.
func (b *bench) ask(route *web.RouteInfo, who contract.Principal, edit ...func(*http.Request)) (string, http.Header) {
	b.t.Helper()
	r := httptest.NewRequest(route.Method, "http://h"+route.Path, nil)
	for _, e := range edit {
		e(r)
	}
	h := make(http.Header)
	if err := b.Admit(h, r, route, who); err != nil {
		return status.From(err).Name(), h
	}
	done, err := b.Enter(b.t.Context(), r, route, who)
	if err != nil {
		return status.From(err).Name(), h
	}
	done(200)
	return "", h
}

func rule(name string, n int, words ...string) guard.Rule {
	return guard.Rule{Policy: limit.Policy{Name: name, Requests: n, Per: time.Minute}, For: words}
}

func from(addr string) func(*http.Request) {
	return func(r *http.Request) { r.RemoteAddr = addr + ":1" }
}

func TestKeysHaveScopes(t *testing.T) {
	t.Parallel()
	b := newGuard(t, nil)
	for scope, want := range map[string]string{
		"*": "", "module:order": "", "route:place-order": "", "route:place-*": "", "module:user": "out_of_scope", "service:order": "out_of_scope", "": "out_of_scope",
	} {
		got, _ := b.ask(orders, contract.Principal{Subject: "ada", Key: "k", Scopes: []string{scope}})
		require.Equal(t, want, got, scope)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	b := newGuard(t, nil, rule("sign-in", 2, "route:sign-in"), rule("writes", 3, "write"), rule("default", 5))
	refused := func(n int, route *web.RouteInfo, who contract.Principal, edit ...func(*http.Request)) {
		t.Helper()
		for range n {
			got, _ := b.ask(route, who, edit...)
			require.Empty(t, got)
		}
		got, h := b.ask(route, who, edit...)
		require.Equal(t, "rate_limited", got)
		require.NotEmpty(t, h.Get("Ratelimit"))
	}
	refused(5, orders, ada)
	refused(5, orders, bob)
	refused(5, orders, contract.Principal{Subject: "ada", Key: "k", Scopes: []string{"*"}})
	refused(3, orders, ada, func(r *http.Request) { r.Header.Set("Idempotency-Key", "k") })
	refused(2, login, contract.Principal{}, from("192.0.2.1"))
	refused(2, login, contract.Principal{}, from("192.0.2.2"))
	refused(2, login, contract.Principal{}, from("[2001:db8::1]"))
	got, h := b.ask(login, contract.Principal{}, from("[2001:db8::ffff]"))
	require.Equal(t, "rate_limited", got, "a /64 is one client")
	require.Equal(t, []string{`"sign-in";q=2;w=60`, `"sign-in";r=0;t=60`}, []string{h.Get("Ratelimit-Policy"), h.Get("Ratelimit")})

	b.now = b.now.Add(30 * time.Second)
	got, _ = b.ask(login, contract.Principal{}, from("192.0.2.1"))
	require.Empty(t, got, "half a minute is worth one of two")
	b.Load(nil)
	got, h = b.ask(login, contract.Principal{}, from("192.0.2.1"))
	require.Empty(t, got)
	require.Empty(t, h)
}

// TestGatewaysShare the limit of a client.
func TestGatewaysShare(t *testing.T) {
	t.Parallel()
	b := newGuard(t, nil, rule("default", 6))
	b.gateways = 3
	for range 2 {
		got, _ := b.ask(orders, ada)
		require.Empty(t, got)
	}
	got, _ := b.ask(orders, ada)
	require.Equal(t, "rate_limited", got)
}

func TestRoutesOutside(t *testing.T) {
	t.Parallel()
	b := newGuard(t, nil, rule("shop", 1, "service:shop"), rule("slow", 2, "service:other"))
	enter := func(c routes.Route) string {
		h := make(http.Header)
		if err := b.AdmitOut(h, httptest.NewRequest(http.MethodGet, "http://h/", nil), &routes.Compiled{Route: c}, ada); err != nil {
			return status.From(err).Name()
		}
		return ""
	}
	require.Empty(t, enter(routes.Route{Name: "shop"}))
	require.Equal(t, "rate_limited", enter(routes.Route{Name: "shop"}))
	require.Empty(t, enter(routes.Route{Name: "shop", RateLimit: "slow"}))
	require.Empty(t, enter(routes.Route{Name: "free"}))
}

// TestCrowds: what a target cannot bear is refused, the less important first; what asks nobody is not counted.
func TestCrowds(t *testing.T) {
	t.Parallel()
	crowd := limit.DefaultParams()
	crowd.Min, crowd.Start, crowd.Max, crowd.Queue = 10, 10, 10, 0
	b := newGuard(t, &crowd)
	r := httptest.NewRequest(http.MethodPost, "http://h/", nil)
	keyed := r.Clone(t.Context())
	keyed.Header.Set("Idempotency-Key", "k")
	hold := func(r *http.Request, who contract.Principal) (n int, free func()) {
		var under []func(int)
		for range 20 {
			done, err := b.Enter(t.Context(), r, orders, who)
			if err != nil {
				require.Equal(t, "crowded", status.From(err).Name())
				require.NotEmpty(t, status.From(err).Details[status.DetailRetryAfter])
				break
			}
			under = append(under, done)
		}
		return len(under), func() {
			for _, done := range under {
				done(200)
			}
		}
	}
	strangers, leave := hold(r, contract.Principal{})
	readers, _ := hold(r, ada)
	writers, _ := hold(keyed, ada)
	require.Equal(t, []int{7, 1, 1}, []int{strangers, readers, writers}, "70, 85 and 95 % of ten")
	got, _ := b.ask(health, contract.Principal{})
	require.Empty(t, got)
	got, _ = b.ask(login, contract.Principal{})
	require.Empty(t, got, "another target")
	leave()
	got, _ = b.ask(orders, ada)
	require.Empty(t, got)
	require.Equal(t, "module:order", b.Crowds()[0].Target)
}

// TestClassesAreNotForTheClient holds that what a client says of its request lets it escape no limit.
func TestClassesAreNotForTheClient(t *testing.T) {
	t.Parallel()
	b := newGuard(t, nil, rule("anonymous", 2, "anonymous"), rule("read", 2, "read"))
	keyed := func(r *http.Request) { r.Header.Set("Idempotency-Key", "x") }
	for i := range 4 {
		got, _ := b.ask(orders, contract.Principal{}, keyed, from("192.0.2.1"))
		require.Equal(t, i > 1, got == "rate_limited", i)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]bool{"*": true, "write": true, "module:order": true, "route:x-*": true, "service:shop": true,
		"writes": false, "module:": false, "key:x": false, "": false} {
		require.Equal(t, want, guard.Means(word), word)
	}
}

func BenchmarkGuards(b *testing.B) {
	crowd := limit.DefaultParams()
	g, err := guard.New(guard.Params{Keys: 100_000, Client: func(*http.Request) netip.Addr { return netip.Addr{} }, Crowd: &crowd, Modules: true})
	require.NoError(b, err)
	g.Load([]guard.Rule{{Policy: limit.Policy{Name: "default", Requests: 1_000_000, Per: time.Second}}})
	r := httptest.NewRequest(http.MethodGet, "http://h/", nil)
	b.ReportAllocs()
	for b.Loop() {
		h := make(http.Header, 4)
		if err := g.Admit(h, r, orders, ada); err != nil {
			b.Fatal(err)
		}
		done, err := g.Enter(b.Context(), r, orders, ada)
		if err != nil {
			b.Fatal(err)
		}
		done(200)
	}
}
