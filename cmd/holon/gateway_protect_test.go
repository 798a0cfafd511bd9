package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// window is how long a test looks; HOLON_TEST_LONG=1 has it as long as the promise that it holds.
func window(short, long time.Duration) time.Duration {
	if os.Getenv("HOLON_TEST_LONG") != "" {
		return long
	}
	return short
}

// upstreamOf is a service whose behaviour a test may change.
type upstreamOf struct {
	*httptest.Server
	asked atomic.Int64
	serve atomic.Pointer[http.HandlerFunc]
}

func newService(t *testing.T, h http.HandlerFunc) *upstreamOf {
	t.Helper()
	s := &upstreamOf{}
	s.serve.Store(&h)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		(*s.serve.Load())(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func fine(w http.ResponseWriter, _ *http.Request)   { _, _ = io.WriteString(w, "fine") }
func broken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// gatewayTo starts a gateway with one route, /x, for everybody to the services.
func gatewayTo(t *testing.T, more string, services ...*upstreamOf) *process {
	t.Helper()
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: load on real processes")
	}
	text := "gateway:\n" + more + "  routes:\n    - name: x\n      path: /x\n      auth: none\n      upstreams:\n"
	for _, s := range services {
		text += "        - {url: '" + s.URL + "'}\n"
	}
	dir := t.TempDir()
	node := launch(t, dir, "--config", configFile(t, dir, text), "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	return node
}

// tally counts answers by status, 0 for none.
type tally struct {
	mu    sync.Mutex
	codes map[int]int
}

func (c *tally) add(code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.codes == nil {
		c.codes = make(map[int]int)
	}
	c.codes[code]++
}

func (c *tally) take() map[int]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.codes
	c.codes = nil
	return was
}

// getOnce asks, within 5 s.
func getOnce(client *http.Client, url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	resp, err := client.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// clients ask one request after the other until stop is called, with a pause between two.
func clients(t *testing.T, n int, pause time.Duration, url string, into *tally) (stop func()) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	over := make(chan struct{})
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			for {
				into.add(getOnce(client, url))
				select {
				case <-over:
					return
				case <-time.After(pause):
				}
			}
		})
	}
	return func() {
		close(over)
		running.Wait()
		client.CloseIdleConnections()
	}
}

// TestOneOfTwoFails: of two instances one answers only 500, to 10 clients. At most 10 errors reach them, and the instance is
// back within 35 s of its healing.
func TestOneOfTwoFails(t *testing.T) {
	t.Parallel()
	good, bad := newService(t, fine), newService(t, broken)
	node := gatewayTo(t, "", good, bad)
	var seen tally
	stop := clients(t, 10, 5*time.Millisecond, node.URL+"/x", &seen)
	<-time.After(window(5*time.Second, 60*time.Second))
	during := seen.take()
	t.Logf("while one of two fails: %v; it was asked %d times", during, bad.asked.Load())
	require.LessOrEqual(t, during[500], 10)
	require.Zero(t, during[0]+during[502]+during[503]+during[504])
	healed, before := time.Now(), bad.asked.Load()
	works := http.HandlerFunc(fine)
	bad.serve.Store(&works)
	require.Eventually(t, func() bool { return bad.asked.Load() > before+50 }, 35*time.Second, 10*time.Millisecond)
	t.Logf("back %s after it was healed", time.Since(healed).Round(time.Millisecond))
	stop()
	require.Zero(t, seen.take()[500])
}

// TestBothFailAThird: two instances that answer 500 to 30 in 100. Attempts stay below 1.1 of what is offered, as far as what
// was saved up before goes, and requests go on.
func TestBothFailAThird(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	third := func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%10 < 3 {
			broken(w, r)
			return
		}
		fine(w, r)
	}
	a, b := newService(t, third), newService(t, third)
	node := gatewayTo(t, "", a, b)
	var seen tally
	stop := clients(t, 10, 20*time.Millisecond, node.URL+"/x", &seen)
	lasts := window(10*time.Second, 60*time.Second)
	<-time.After(lasts)
	stop()
	offered, codes := 0, seen.take()
	for _, n := range codes {
		offered += n
	}
	attempts := a.asked.Load() + b.asked.Load()
	t.Logf("%d offered, %d attempts (%.3f), answers %v, %d and %d by instance", offered, attempts, float64(attempts)/float64(offered), codes, a.asked.Load(), b.asked.Load())
	require.LessOrEqual(t, float64(attempts), 1.1*float64(offered)+3, "three were saved up at the start")
	require.Positive(t, a.asked.Load())
	require.Positive(t, b.asked.Load())
	require.Zero(t, codes[503]+codes[502]+codes[0])
}

// TestOverload offers a service three times what it can do. What it answers stays at 90 % of what it can, and soon after all
// is as before.
func TestOverload(t *testing.T) {
	if os.Getenv("HOLON_TEST_LONG") == "" {
		t.Skip("it needs the machine for itself: HOLON_TEST_LONG=1")
	}
	const slots, each = 50, 100 * time.Millisecond // 500 requests a second
	room := make(chan struct{}, slots)
	up := newService(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case room <- struct{}{}:
		case <-r.Context().Done():
			return
		}
		defer func() { <-room }()
		<-time.After(each)
		fine(w, r)
	})
	node := gatewayTo(t, "", up)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2000}}
	defer client.CloseIdleConnections()
	offer := func(rate int, lasts time.Duration) map[int]int {
		var seen tally
		var under sync.WaitGroup
		tick := time.NewTicker(time.Second / time.Duration(rate))
		defer tick.Stop()
		for over := time.After(lasts); ; {
			select {
			case <-over:
				under.Wait()
				return seen.take()
			case <-tick.C:
				under.Go(func() { seen.add(getOnce(client, node.URL+"/x")) })
			}
		}
	}
	lasts := 60 * time.Second
	during := offer(1500, lasts)
	goodput := float64(during[200]) / lasts.Seconds()
	t.Logf("offered 1500/s for %s: %v, goodput %.0f/s of 500", lasts, during, goodput)
	require.GreaterOrEqual(t, goodput, 450.0)
	offer(250, 2*time.Second)
	after := offer(250, 5*time.Second)
	t.Logf("afterwards at 250/s: %v", after)
	require.Len(t, after, 1)
}

// TestSlowConnections: 2,000 connections that send a byte now and then, beside 200 requests a second. None of those fails, and
// the slow ones are cut within 20 s.
func TestSlowConnections(t *testing.T) {
	up := newService(t, fine)
	node := gatewayTo(t, "", up)
	addr := node.URL[len("http://"):]
	var cut atomic.Int64
	var slow sync.WaitGroup
	began := time.Now()
	for i := range 2000 {
		slow.Go(func() {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				cut.Add(1)
				return
			}
			defer func() { _ = c.Close() }()
			head := "GET /x HTTP/1.1\r\nHost: h\r\nX-Slow: "
			if i%2 == 0 {
				head = "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"
			}
			_, _ = io.WriteString(c, head)
			go func() { _, _ = io.Copy(io.Discard, c) }()
			for time.Since(began) < 40*time.Second {
				<-time.After(500 * time.Millisecond)
				if _, err := c.Write([]byte("a")); err != nil {
					cut.Add(1)
					return
				}
			}
		})
	}
	var seen tally
	stop := clients(t, 20, 100*time.Millisecond, node.URL+"/x", &seen)
	slow.Wait()
	lasted := time.Since(began)
	stop()
	codes := seen.take()
	t.Logf("%d of 2000 slow connections cut within %s, beside them %v", cut.Load(), lasted.Round(time.Second), codes)
	require.Len(t, codes, 1)
	require.Positive(t, codes[200])
	require.Equal(t, int64(2000), cut.Load())
	require.Less(t, lasted, 21*time.Second)
}

// TestGreedyClient asks fifty times as much as it may. Nine others, who keep within it, see no 429.
func TestGreedyClient(t *testing.T) {
	t.Parallel()
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: load on real processes")
	}
	dir := t.TempDir()
	file := configFile(t, dir, "gateway: {rate_limits: [{name: orders, requests: 10, per: 1s, for: ['module:order']}]}")
	node := launch(t, dir, "--config", file, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	people := make([]*person, 10)
	for i := range people {
		people[i] = &person{t: t, url: node.URL}
		people[i].register(fmt.Sprintf("p%d@example.com", i))
	}
	var greedy, modest tally
	var running sync.WaitGroup
	over := time.After(5 * time.Second)
	stop := make(chan struct{})
	ask := func(p *person, every time.Duration, into *tally) {
		running.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					if a, err := p.try("GET", "/orders", ""); err == nil {
						into.add(a.code)
					}
				}
			}
		})
	}
	for range 5 {
		ask(people[0], 10*time.Millisecond, &greedy)
	}
	for _, p := range people[1:] {
		ask(p, 125*time.Millisecond, &modest)
	}
	<-over
	close(stop)
	running.Wait()
	few, many := modest.take(), greedy.take()
	t.Logf("greedy %v, the others %v", many, few)
	require.Len(t, few, 1)
	require.Positive(t, few[200])
	require.Positive(t, many[429])
}
