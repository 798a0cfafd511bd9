package proxy_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
	"holon/transport/web"
)

// dead is an upstream whose address refuses.
func dead(t *testing.T) *upstream {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	return &upstream{Server: &httptest.Server{URL: "http://" + ln.Addr().String()}}
}

func fails(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

func breaks(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// TestUnavailableMeansNothingDone holds that 503 is never the answer to what an instance has got, also where another one was
// asked after it.
func TestUnavailableMeansNothingDone(t *testing.T) {
	t.Parallel()
	for _, h := range []http.HandlerFunc{fails, breaks} {
		u := newUpstream(t, h)
		f := newFront(t, to("s", "/s", dead(t), u))
		for range 6 {
			before := u.count()
			got := f.ask("POST", "/s", "x", "Idempotency-Key", "k")
			require.Equal(t, before+1, u.count())
			require.Contains(t, []int{500, 502}, got.code)
		}
	}
}

// TestRetriesAreCounted holds that what was not made again is no retry.
func TestRetriesAreCounted(t *testing.T) {
	t.Parallel()
	f := newFront(t, to("broke", "/broke", newUpstream(t, breaks)), to("five", "/five", newUpstream(t, fails)))
	f.ask("GET", "/broke", "")
	f.ask("GET", "/five", "")
	for _, s := range f.door.Services() {
		require.Zero(t, s.Retried, s.Route)
	}
}

// TestVersionsStandForEachOther holds that the only instance of a version is ejected where another version serves too.
func TestVersionsStandForEachOther(t *testing.T) {
	t.Parallel()
	bad, good := newUpstream(t, fails), newUpstream(t, echo)
	f := newFront(t, with(to("s", "/s"), func(r *routes.Route) {
		r.Upstreams = []routes.Upstream{{URL: bad.URL, Version: "1.0.0"}, {URL: good.URL, Version: "2.0.0"}}
	}))
	failed := 0
	for range 60 {
		if f.ask("POST", "/s", "x").code == 500 {
			failed++
		}
	}
	require.Equal(t, 5, failed)
	require.Equal(t, proxy.Open, f.door.Services()[0].Instances[0].Breaker)
}

// TestTLSThatFailsIsNothingSent holds that another instance is asked where one's certificate is not good.
func TestTLSThatFailsIsNothingSent(t *testing.T) {
	t.Parallel()
	secure := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	f := newFront(t, to("s", "/s", &upstream{Server: secure}, newUpstream(t, echo)), to("only", "/only", &upstream{Server: secure}))
	for range 6 {
		require.Equal(t, 200, f.ask("POST", "/s", "x").code)
	}
	got := f.ask("GET", "/only", "")
	require.Equal(t, 503, got.code)
	require.Contains(t, got.body, "its certificate is not good")
}

// TestUnaskedUpgrade holds that an upstream that changes to another protocol by itself keeps no place.
func TestUnaskedUpgrade(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			_, _ = io.Copy(io.Discard, c)
		}
	})
	f := newFront(t, to("s", "/s", u))
	for range 3 {
		require.Equal(t, 502, f.ask("GET", "/s", "").code)
	}
	require.Zero(t, f.door.Services()[0].Instances[0].InFlight)
}

// TestWhatIsCounted holds that metrics have the answer: not what came before it, and 101 for another protocol.
func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	early := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusInternalServerError)
	})
	talk := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			_ = c.Close()
		}
	})
	f := newFront(t, to("early", "/early", early), with(to("talk", "/talk", talk), func(r *routes.Route) { r.Upgrade = true }))
	require.Equal(t, 500, f.ask("GET", "/early", "").code)
	require.Equal(t, "HTTP/1.1 101 Switching Protocols", f.raw("GET /talk HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"))
	errors := func(route string) int {
		for _, one := range f.api.Traffic() {
			if one.Route == route && one.Requests == 1 {
				return int(one.Errors)
			}
		}
		return -1
	}
	require.Eventually(t, func() bool { return errors("early") == 1 && errors("talk") == 0 }, web.DefaultLimits().IdleGrace, 1e6)
}

// TestCORSIsSaidOnce holds that what an upstream lets browsers do neither doubles nor widens what the route does.
func TestCORSIsSaidOnce(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	})
	f := newFront(t, with(to("s", "/s", u), func(r *routes.Route) { r.CORS.Origins = []string{"https://a.example"} }))
	got := f.ask("GET", "/s", "", "Origin", "https://a.example")
	require.Equal(t, []string{"https://a.example"}, got.header["Access-Control-Allow-Origin"])
	require.Empty(t, got.header["Access-Control-Allow-Credentials"])
	require.Empty(t, f.ask("GET", "/s", "", "Origin", "https://evil.example").header["Access-Control-Allow-Origin"])
}

// TestForwardedWithAPort holds that a proxy that names ports too says who asks.
func TestForwardedWithAPort(t *testing.T) {
	t.Parallel()
	trusted := proxy.Trusted{netip.MustParsePrefix("192.0.2.0/24")}
	for text, want := range map[string]string{"203.0.113.5:4711": "203.0.113.5", "[2001:db8::1]:99": "2001:db8::1", "203.0.113.5": "203.0.113.5", "x": "192.0.2.1"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "192.0.2.1:5"
		r.Header.Set("X-Forwarded-For", text)
		require.Equal(t, want, trusted.Client(r).String())
	}
}
