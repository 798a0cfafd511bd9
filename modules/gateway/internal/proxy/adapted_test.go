package proxy_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
)

// questions are what the shop is asked in both modes.
func questions(t *testing.T) map[string]func() *http.Request {
	t.Helper()
	all := make(map[string]func() *http.Request)
	add := func(name, method, path, body string, header ...string) {
		all[name] = func() *http.Request {
			var in io.Reader
			if body != "" {
				in = strings.NewReader(body)
			}
			r, err := http.NewRequestWithContext(t.Context(), method, path, in)
			require.NoError(t, err)
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Add(header[i], header[i+1])
			}
			if header != nil && header[0] == "chunked" {
				r.Header.Del("chunked")
				r.ContentLength, r.Body = -1, io.NopCloser(io.MultiReader(strings.NewReader(body)))
			}
			r.Host = "shop.example.com"
			return r
		}
	}
	for _, path := range []string{"sniff", "empty", "none", "same", "untyped", "hop", "move", "ill", "file", "big", "trailer", "early", "stream",
		"twice", "zero", "unasked", "quiet", "short", "long", "panic", "abort", "half", "limits", "talk", "nowhere", "dump"} {
		for _, method := range []string{"GET", "HEAD"} {
			if method == "HEAD" && (path == "short" || path == "half") {
				continue // there is nothing to break off
			}
			if method == "HEAD" && path == "trailer" {
				continue // a proxy's client does not see what would come behind a body
			}
			add(method+" "+path, method, "/shop/"+path, "")
		}
	}
	add("dump all", "PUT", "/shop/dump?q=a%20b&x=;y", `{"a":1}`, "Accept", "text/plain", "Accept", "text/html", "Cookie", "a=b", "User-Agent", "me",
		"X-Forwarded-For", "1.2.3.4", "X-Holon-Subject", "root", "Accept-Encoding", "gzip", "Connection", "X-Private", "X-Private", "1", "Te", "trailers")
	add("dump chunked", "POST", "/shop/dump", "some text", "chunked", "")
	add("dump form", "POST", "/shop/dump", "q=1", "Content-Type", "application/x-www-form-urlencoded")
	add("dump path", "GET", "/shop/dump/%41/..x/%C3%A4", "")
	add("dump delete", "DELETE", "/shop/dump", "")
	add("dump options", "OPTIONS", "/shop/dump", "")
	add("no agent", "GET", "/shop/dump", "", "User-Agent", "")
	add("range", "GET", "/shop/file", "", "Range", "bytes=2-4")
	add("method", "GET", "/shop/echo", "")
	add("echo", "POST", "/shop/echo", "hello")
	// Who answers while a large body still comes gets as much of it as net/http is willing to give: not the same each time.
	add("large", "POST", "/shop/dump", strings.Repeat("ghijklmnop", 20_000))
	add("ignore large", "POST", "/shop/ignore", strings.Repeat("ghijklmnop", 20_000))
	add("expect", "POST", "/shop/echo", "hello", "Expect", "100-continue")
	return all
}

// varying is another in each request.
var varying = regexp.MustCompile(`[0-9a-f]{32}-[0-9a-f]{16}|"X-Request-Id":\["[^"]*"\]|"trace_id":"[0-9a-f]+"|"instance":"[^"]*"|127\.0\.0\.1:\d+`)

// TestBothModes asks an unmodified application in the gateway's process and on another node: neither it nor its clients can
// tell the difference.
func TestBothModes(t *testing.T) {
	t.Parallel()
	here, there := local(t, newShop()), remote(t, newShop())
	for name, ask := range questions(t) {
		t.Run(name, func(t *testing.T) {
			one, other := here.learn(ask()), there.learn(ask())
			for _, a := range []*told{&one, &other} {
				a.Body = varying.ReplaceAllString(a.Body, "…")
				if a.Broke { // how much had come until then is the network's doing
					*a = told{Broke: true}
				}
				if len(a.Body) > 1000 {
					a.Body = fmt.Sprintf("%d bytes, %x", len(a.Body), sha256.Sum256([]byte(a.Body)))
				}
			}
			require.Equal(t, one, other)
			if strings.Contains(name, "dump") && one.Body != "" {
				require.Contains(t, one.Body, `"remote":true`)
				require.Contains(t, one.Body, `"host":"shop.example.com"`)
				require.NotContains(t, one.Body, "root")
			}
		})
	}
}

// TestAdaptedTooLarge has a body turn out to be too large: what the handler makes of a part of it is no answer.
func TestAdaptedTooLarge(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		f := start(t, newShop(), func(r *routes.Route) { r.MaxBody = 300 << 10 })
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/shop/dump", io.MultiReader(strings.NewReader(strings.Repeat("x", 301<<10))))
		require.NoError(t, err)
		require.Equal(t, http.StatusRequestEntityTooLarge, f.learn(r).Code)
	}
}

func TestAdaptedUpgrade(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		first, answer := start(t, newShop(), func(r *routes.Route) { r.Upgrade = true }).converse()
		require.Equal(t, "HTTP/1.1 101 Switching Protocols", first)
		require.Equal(t, "you said hello\n", answer)
		first, _ = start(t, newShop()).converse()
		require.Equal(t, "HTTP/1.1 400 Bad Request", first)
	}
}

// TestAdaptedWhoAsks says who asks, and refuses who may not.
func TestAdaptedWhoAsks(t *testing.T) {
	t.Parallel()
	var bodies []string
	for _, start := range both {
		f := start(t, newShop(), func(r *routes.Route) { r.Auth = routes.AuthAny })
		require.Equal(t, http.StatusUnauthorized, f.ask("GET", "/shop/dump", "").code)
		require.Equal(t, http.StatusForbidden, f.ask("GET", "/shop/dump", "", "Authorization", "Bearer stranger").code)
		require.Equal(t, http.StatusOK, f.ask("GET", "/shop/dump", "", "Authorization", "Bearer clerk").code)
		a := f.ask("GET", "/shop/dump", "", "Authorization", "Bearer ada")
		require.Equal(t, http.StatusOK, a.code)
		require.Contains(t, a.body, `"who":{"subject":"u1","roles":["admin"],"scopes":["read","write"]}`)
		require.Contains(t, a.body, `"X-Holon-Subject":["u1"]`)
		require.NotContains(t, a.body, "Bearer")
		bodies = append(bodies, varying.ReplaceAllString(a.body, "…"))
	}
	require.Equal(t, bodies[0], bodies[1])
}

// both are the two modes.
var both = []func(testing.TB, http.Handler, ...func(*routes.Route)) *front{local, remote}

// TestAdaptedTerms are what a module says of itself: its prefix cut off, and the client's token left in.
func TestAdaptedTerms(t *testing.T) {
	t.Parallel()
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.URL, " ", r.Header.Get("X-Forwarded-Prefix"), " ", r.Header.Get("Authorization"))
	})
	for _, start := range both {
		f := start(t, app, func(r *routes.Route) { r.Strip, r.Auth, r.ForwardToken = "/shop", routes.AuthAny, true })
		require.Equal(t, "/a/b?c=d /shop Bearer ada", f.ask("GET", "/shop/a/b?c=d", "", "Authorization", "Bearer ada", "X-Forwarded-Prefix", "/evil").body)
	}
}

// TestAdaptedLateWriter has something of a handler's write on when that has returned: it lands in nobody's answer.
func TestAdaptedLateWriter(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		s := newShop()
		f := start(t, s)
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				for range 100 {
					if late, user := f.ask("GET", "/shop/late", "").body, f.ask("GET", "/users/7", "").body; late != "in time\n" || user != "{\"ID\":\"7\"}\n" {
						t.Errorf("somebody else's: %q, %q", late, user)
					}
				}
			})
		}
		clients.Wait()
		s.late.Wait()
	}
}

// TestAdaptedUpload leaves no file behind.
func TestAdaptedUpload(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		part, err := form.CreateFormFile("f", "f.txt")
		require.NoError(t, err)
		_, _ = part.Write(bytes.Repeat([]byte("x"), 11<<20)) // what is smaller than ten more MiB stays in memory
		require.NoError(t, form.Close())
		a := start(t, newShop(), func(r *routes.Route) { r.MaxBody = 20 << 20 }).ask("POST", "/shop/upload", body.String(), "Content-Type", form.FormDataContentType())
		require.Equal(t, http.StatusOK, a.code, a.body)
		require.NoFileExists(t, a.body)
	}
}

// TestAdaptedIsTold has handlers hear that nobody waits for them any more, also when they have not read what was sent.
func TestAdaptedIsTold(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		s := newShop()
		f := start(t, s, func(r *routes.Route) { r.Timeout = 50 * time.Millisecond })
		for _, body := range []string{"", "not read"} {
			require.Equal(t, http.StatusGatewayTimeout, f.ask("POST", "/shop/wait", body).code)
			require.Error(t, <-s.told)
		}
	}
}

// TestAdaptedRunsOnce has the way to a handler break behind the request, where nothing may be made again.
func TestAdaptedRunsOnce(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		s := newShop()
		f := start(t, s, func(r *routes.Route) { r.Retry.Off = true })
		require.Equal(t, http.StatusOK, f.ask("GET", "/shop/empty", "").code) // so that there is a connection which was used before
		for i, ask := range []func() answer{
			func() answer { return f.ask("GET", "/shop/abort", "") },
			func() answer { return f.ask("POST", "/shop/abort", "", "Idempotency-Key", "k") },
			func() answer { return f.ask("POST", "/shop/abort", "body", "X-Idempotency-Key", "k") },
		} {
			a := ask()
			require.Equal(t, http.StatusBadGateway, a.code, a.body)
			require.Equal(t, i+1, s.count("/shop/abort"))
			require.Equal(t, http.StatusOK, f.ask("GET", "/shop/empty", "").code)
		}
	}
}

// TestAdaptedStreamsEnd has a node go that serves something without an end.
func TestAdaptedStreamsEnd(t *testing.T) {
	t.Parallel()
	s := newShop()
	n := startShopNode(t, "n", s)
	f := newFrontFor(t, nil, []routes.Route{shopRoute(func(r *routes.Route) { r.Streams = true })})
	f.door.Place("shop", []routes.Target{n.at})
	answered := make(chan int)
	go func() { answered <- f.ask("GET", "/shop/wait", "").code }()
	require.Eventually(t, func() bool { return n.port.InFlight() == 1 }, 5*time.Second, time.Millisecond)
	require.NoError(t, n.port.Drain(t.Context()))
	require.ErrorContains(t, <-s.told, "the node is going")
	require.Equal(t, http.StatusOK, <-answered)
}

// TestAdaptedDeaf has a handler that takes no notice of its time: its client is told all the same.
func TestAdaptedDeaf(t *testing.T) {
	t.Parallel()
	for _, start := range both {
		s := newShop()
		f := start(t, s, func(r *routes.Route) { r.Timeout = 100 * time.Millisecond })
		for _, body := range []string{"", "short", strings.Repeat("long", 50_000)} {
			a := f.ask("POST", "/shop/deaf", body)
			require.Equal(t, http.StatusGatewayTimeout, a.code)
			require.Equal(t, "upstream_timeout", a.problem())
		}
		close(s.release)
	}
}

// TestAdaptedGoesElsewhere has nodes that refuse, are another process or are gone: a request that nobody has begun goes on.
func TestAdaptedGoesElsewhere(t *testing.T) {
	t.Parallel()
	s := newShop()
	well := startShopNode(t, "well", s)
	withdrawn, going, gone := startShopNode(t, "withdrawn", s), startShopNode(t, "going", s), startShopNode(t, "gone", s)
	withdrawn.Withdraw("shop")
	require.NoError(t, going.port.Drain(t.Context()))
	gone.at.ID = "gone~before"
	f := newFrontFor(t, nil, []routes.Route{shopRoute()})
	f.door.Place("shop", []routes.Target{withdrawn.at, going.at, gone.at, well.at})
	for i := range 20 {
		body := "short"
		if i%2 == 0 {
			body = strings.Repeat("long", 50_000)
		}
		a := f.ask("POST", "/shop/echo", body)
		require.Equal(t, http.StatusOK, a.code, a.body)
		require.Equal(t, body, a.body)
	}
	require.Equal(t, 20, s.asked, "a request was begun twice")
}

// TestAdaptedIsWaitedFor has a module that runs nowhere and comes while a request waits.
func TestAdaptedIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newShop()
	f := newFrontFor(t, nil, []routes.Route{shopRoute(func(r *routes.Route) { r.Timeout = time.Minute })})
	answered := make(chan answer)
	go func() { answered <- f.ask("POST", "/shop/echo", "hello") }()
	f.door.Place("shop", []routes.Target{startShopNode(t, "n", s).at})
	require.Equal(t, "hello", (<-answered).body)

	nowhere := newFrontFor(t, nil, []routes.Route{shopRoute(func(r *routes.Route) { r.Timeout = 100 * time.Millisecond })})
	a := nowhere.ask("GET", "/shop/dump", "")
	require.Equal(t, http.StatusServiceUnavailable, a.code)
	require.Equal(t, "service_unavailable", a.problem())
}

// TestAdaptedDrains has a node go while it is at work: what it has begun is finished.
func TestAdaptedDrains(t *testing.T) {
	t.Parallel()
	s := newShop()
	n := startShopNode(t, "n", s)
	f := newFrontFor(t, nil, []routes.Route{shopRoute()})
	f.door.Place("shop", []routes.Target{n.at})
	answered := make(chan answer)
	go func() { answered <- f.ask("POST", "/shop/deaf", "x") }()
	require.Eventually(t, func() bool { return n.port.InFlight() == 1 }, 5*time.Second, time.Millisecond)
	drained := make(chan error)
	go func() { drained <- n.port.Drain(context.WithoutCancel(t.Context())) }()
	close(s.release)
	require.Equal(t, http.StatusOK, (<-answered).code)
	require.NoError(t, <-drained)
}

// TestAdaptedVersions has routes to versions of the application: the gateway's own process is asked where it is of one.
func TestAdaptedVersions(t *testing.T) {
	t.Parallel()
	own, other := newShop(), newShop()
	a := adapter.New(adapter.Params{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, a.Register("shop", own, ""))
	a.Serve("shop")
	f := newFrontFor(t, a, []routes.Route{shopRoute()})
	n := startShopNode(t, "n", other)
	n.at.Version = "2.0.0"
	f.door.Place("shop", []routes.Target{n.at})
	on := func(version string) routes.Route {
		return with(to("r", "/r"), func(r *routes.Route) { r.Service, r.Version, r.Rewrite = "shop", version, "/shop/empty" })
	}
	for version, want := range map[string][2]int{"": {1, 0}, "latest": {0, 1}, "^1.0": {1, 0}, "^2.0": {0, 1}, "^3.0": {0, 0}} {
		f.load(with(on(version), func(r *routes.Route) { r.Timeout = 20 * time.Millisecond }))
		before, beside := own.count("/shop/empty"), other.count("/shop/empty")
		code := f.ask("GET", "/r", "").code
		require.Equal(t, want[0]+want[1] == 0, code == http.StatusServiceUnavailable, version)
		require.Equal(t, want, [2]int{own.count("/shop/empty") - before, other.count("/shop/empty") - beside}, version)
	}
	_, err := routes.New([]routes.Route{with(on(""), func(r *routes.Route) { r.Weights = []routes.Weight{{Version: "1.0.0", Weight: 1}} })}, nil,
		&routes.Beside{Handlers: f.handlers})
	require.ErrorContains(t, err, "are not for a module")
}

// TestAdaptedPrefersWell has a gateway beside a handler that is not well ask another node, and its own where there is none.
func TestAdaptedPrefersWell(t *testing.T) {
	t.Parallel()
	own, others := newShop(), newShop()
	own.ill = true
	a := newChecked(t, own)
	f := newFrontFor(t, a, []routes.Route{shopRoute()})
	require.Equal(t, http.StatusOK, f.ask("GET", "/shop/empty", "").code, "an instance that may work is better than none")
	f.door.Place("shop", []routes.Target{startShopNode(t, "n", others).at})
	before := own.count("/shop/empty")
	require.Equal(t, http.StatusOK, f.ask("GET", "/shop/empty", "").code)
	require.Equal(t, 1, others.count("/shop/empty"))
	require.Equal(t, before, own.count("/shop/empty"))
	own.set(false)
	require.Eventually(t, func() bool { _, well := a.Serves("shop"); return well }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, f.ask("GET", "/shop/empty", "").code)
	require.Equal(t, 1, others.count("/shop/empty"))
}
