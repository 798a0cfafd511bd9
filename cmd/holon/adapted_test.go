package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// market builds the binary once more, with the application in testdata/market as a module beside the others, by the lines
// that the README tells: its own source is not touched.
var market = sync.OnceValues(func() (string, error) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		return "", err
	}
	_, module, found := strings.Cut(string(readme), "```go\n// modules/market/marketfx/module.go\n")
	if !found {
		return "", fmt.Errorf("the README does not tell how an application becomes a module")
	}
	module, _, _ = strings.Cut(module, "```")
	list, err := os.ReadFile("modules.go")
	if err != nil {
		return "", err
	}
	with := strings.Replace(string(list), "\t\tgatewayfx.Module(),\n", "\t\tgatewayfx.Module(),\n\t\tmarketfx.Module(),\n", 1)
	with = strings.Replace(with, "\t\"holon/modules/order/orderfx\"\n", "\t\"holon/modules/market/marketfx\"\n\t\"holon/modules/order/orderfx\"\n", 1)
	dir := filepath.Dir(binary)
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	replace := map[string]string{filepath.Join(root, "modules", "market", "market.go"): filepath.Join(root, "cmd", "holon", "testdata", "market", "market.go")}
	for path, text := range map[string]string{filepath.Join("modules", "market", "marketfx", "module.go"): module, filepath.Join("cmd", "holon", "modules.go"): with} {
		put := filepath.Join(dir, strings.ReplaceAll(path, string(filepath.Separator), "_"))
		if err := os.WriteFile(put, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(root, path)] = put
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	put, out := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "holon-market")
	if err := os.WriteFile(put, overlay, 0o600); err != nil {
		return "", err
	}
	if said, err := exec.Command("go", "build", "-overlay", put, "-o", out, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, said)
	}
	return out, nil
})

// withMarket has a process be the binary with the market.
func withMarket(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("..", "..", "modules", "market")); err == nil {
		t.Skip("there is a module of that name")
	}
	path, err := market()
	require.NoError(t, err)
	return func(c *exec.Cmd) { c.Path, c.Args[0] = path, path }
}

// marketVerb runs a verb of the binary with the market and returns its exit status.
func marketVerb(t *testing.T, args ...string) (int, string) {
	t.Helper()
	path, err := market()
	require.NoError(t, err)
	c := exec.Command(path, args...)
	c.Env = cleanEnv()
	out, _ := c.CombinedOutput()
	return c.ProcessState.ExitCode(), string(out)
}

// TestAdaptedPlacements asks an unmodified application in all ways to group holon's modules, beside the gateway and on a node
// of its own: its answers are the same.
func TestAdaptedPlacements(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: 89 real processes")
	}
	change := withMarket(t)
	var mu sync.Mutex
	stories := make(map[string][]string)
	room := make(chan struct{}, 3)
	var wg sync.WaitGroup
	for _, groups := range groupings([]string{"gateway", "order", "registry", "user"}) {
		for _, own := range []bool{false, true} {
			with := make([][]string, len(groups))
			for i, g := range groups {
				with[i] = append([]string{}, g...)
				for _, name := range g {
					if name == "gateway" && !own {
						with[i] = append(with[i], "market")
					}
				}
			}
			if own {
				with = append(with, []string{"market"})
			}
			wg.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				t.Run(nameOf(with), func(t *testing.T) {
					p, base := startProcessesWith(t, change, with)
					s := shop(t, base)
					for _, node := range p.all {
						node.kill()
					}
					mu.Lock()
					defer mu.Unlock()
					stories[nameOf(with)] = s
				})
			})
		}
	}
	wg.Wait()
	require.Len(t, stories, 30)
	want := stories["gateway+order+registry+user+market"]
	require.NotEmpty(t, want)
	for name, s := range stories {
		require.Equal(t, want, s, name)
	}
}

var traceIDs = regexp.MustCompile(`"(trace_id|instance)":"[^"]*"`)

// shop asks the market for all that it does.
func shop(t *testing.T, base string) (story []string) {
	t.Helper()
	ada := &person{t: t, url: base}
	id := ada.register("ada@example.com")
	for _, ask := range []struct {
		method, path, body string
		headers            []string
	}{
		{"GET", "/market/items", "", nil},
		{"PUT", "/market/items/nail", `{"stock":10}`, nil},
		{"PUT", "/market/items/rope", `{"stock":`, nil},
		{"PUT", "/market/items/screw%20long", `{"stock":3}`, nil},
		{"GET", "/market/items/nail", "", nil},
		{"GET", "/market/items/none", "", nil},
		{"POST", "/market/orders", "name=nail&count=4", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"POST", "/market/orders", "name=nail&count=7", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"GET", "/market/items", "", nil},
		{"DELETE", "/market/items/nail", "", nil},
		{"GET", "/market/whoami?x=1", "", []string{"X-Holon-Subject", "root"}},
		{"GET", "/market/countdown", "", nil},
		{"GET", "/market/old", "", nil},
		{"GET", "/market/panic", "", nil},
		{"GET", "/market/nothing", "", nil},
		{"GET", "/market", "", nil},
		{"GET", "/healthz", "", nil},
		{"GET", "/market/items", "", []string{"Authorization", ""}},
	} {
		r, err := http.NewRequestWithContext(t.Context(), ask.method, base+ask.path, strings.NewReader(ask.body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+ada.token)
		for i := 0; i < len(ask.headers); i += 2 {
			r.Header.Set(ask.headers[i], ask.headers[i+1])
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		require.NoError(t, err)
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		for _, name := range []string{"Date", "X-Request-Id"} {
			resp.Header.Del(name)
		}
		text := traceIDs.ReplaceAllString(strings.ReplaceAll(string(raw), id, "ada"), "…")
		text = strings.ReplaceAll(text, strings.TrimPrefix(base, "http://"), "HOST")
		story = append(story, fmt.Sprint(ask.method, " ", ask.path, " ", resp.StatusCode, " ", resp.Header, " ", text))
	}
	return story
}

// TestAdaptedRollingStop sends requests without a pause while the nodes of the application are drained and replaced one by one,
// and while the only one is started again: none fails.
func TestAdaptedRollingStop(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	change := withMarket(t)
	p, base := startProcessesWith(t, change, [][]string{{"gateway", "order", "registry", "user"}, {"market"}, {"market"}})
	ada := &person{t: t, url: base}
	ada.register("ada@example.com")
	var asked, failed atomic.Int64
	var first atomic.Value
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				method, body := "GET", ""
				if (i+n)%2 == 0 {
					method, body = "PUT", fmt.Sprintf(`{"stock":%d}`, n)
				}
				path := fmt.Sprintf("/market/items/i%d", i)
				a, err := ada.try(method, path, body)
				if asked.Add(1); err != nil || a.code >= 500 {
					failed.Add(1)
					first.CompareAndSwap(nil, fmt.Sprint(method, " ", path, ": ", err, " ", a.code, " ", string(a.raw)))
				}
			}
		})
	}
	gossip := p.all[0].gossip()
	for i := 1; i <= 2; i++ {
		code, out := marketVerb(t, "drain", p.all[i].name, "--exit", "--data-dir", p.all[i].dir)
		require.Zero(t, code, out)
		p.all[i] = launchWith(t, p.all[i].dir, change, "--name", p.all[i].name, "-m", "market", "--join", gossip, "--admin-addr", "127.0.0.1:0")
		p.all[i].await()
	}
	code, out := marketVerb(t, "drain", p.all[1].name, "--exit", "--data-dir", p.all[1].dir)
	require.Zero(t, code, out)
	// Now the only one goes and comes back.
	code, out = marketVerb(t, "drain", p.all[2].name, "--exit", "--data-dir", p.all[2].dir)
	require.Zero(t, code, out)
	again := launchWith(t, p.all[2].dir, change, "--name", p.all[2].name, "-m", "market", "--join", gossip, "--admin-addr", "127.0.0.1:0")
	again.await()
	before := asked.Load()
	require.Eventually(t, func() bool { return asked.Load() > before+100 }, 10*time.Second, 10*time.Millisecond)
	close(stop)
	clients.Wait()
	t.Logf("%d requests, %d failed", asked.Load(), failed.Load())
	require.Zero(t, failed.Load(), "%v", first.Load())
}

// TestAdaptedIll has the application beside the gateway say that it is ill: requests go to another node, whoever looks is told,
// and all of it ends when it is well.
func TestAdaptedIll(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	p, base := startProcessesWith(t, withMarket(t), [][]string{{"gateway", "market", "registry", "user", "order"}, {"market"}})
	ada := &person{t: t, url: base}
	ada.register("ada@example.com")
	put := func(stock int) {
		a, err := ada.try("PUT", "/market/items/nail", fmt.Sprintf(`{"stock":%d}`, stock))
		require.NoError(t, err)
		require.Equal(t, http.StatusCreated, a.code)
	}
	get := func() int {
		a, err := ada.try("GET", "/market/items/nail", "")
		require.NoError(t, err)
		return a.code
	}
	dir, one := p.all[0].dir, p.all[0].name
	put(1)
	a, err := ada.try("POST", "/market/ill?is=true", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, a.code)
	require.Eventually(t, func() bool { return get() == http.StatusNotFound }, 10*time.Second, 20*time.Millisecond, "the other node has no nails")
	code, out := marketVerb(t, "health", "--node", one, "--data-dir", dir)
	require.Equal(t, exitFailed, code)
	require.Contains(t, out, "market: GET /healthz answers 503")
	_, out = marketVerb(t, "routes", "ls", "--node", one, "--data-dir", dir)
	require.Regexp(t, `market +all +all +/market/\{rest\.\.\.\} +any +this node 1\.4\.2 +closed, fails its checks or drains`, out)
	require.Eventually(t, func() bool {
		a, err := ada.try("GET", "/registry/services/market", "")
		return err == nil && strings.Contains(string(a.raw), `"version":"1.4.2"`) && strings.Contains(string(a.raw), `"reason":"its own health check fails`)
	}, 10*time.Second, 20*time.Millisecond)
	_, out = marketVerb(t, "services", "--node", one, "--data-dir", dir)
	require.Regexp(t, `market +1 +n1 +local +\S+ +failing`, out)
	_, out = marketVerb(t, "explain", "GET", "/market/items", "--node", one, "--data-dir", dir)
	require.Contains(t, out, "is taken by module market, which is a handler, /market/{rest...}")
	require.Contains(t, out, "last: it fails its checks or drains")

	p.all[1].kill() // one that may work is better than none
	require.Eventually(t, func() bool {
		a, err := ada.try("POST", "/market/ill?is=false", "")
		return err == nil && a.code == http.StatusOK && get() == http.StatusOK
	}, 20*time.Second, 20*time.Millisecond)
	require.Eventually(t, func() bool { return get() == http.StatusOK }, 10*time.Second, 20*time.Millisecond, "it is well again, and has its nail")
	require.Eventually(t, func() bool {
		code, _ := marketVerb(t, "health", "--node", one, "--data-dir", dir)
		return code == exitOK
	}, 10*time.Second, 100*time.Millisecond)
}
