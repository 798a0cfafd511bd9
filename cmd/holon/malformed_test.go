package main

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web/webtest"
)

// TestMalformedRequests sends ten thousand requests that no client should send to the real binary. None is answered as
// our fault, nothing panics, nothing is left of them in memory, and a well-made request is served as before.
func TestMalformedRequests(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	const clients, warm, all = 4, 2000, 10_000
	node := start(t, t.TempDir())
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")
	n := target{name: node.name, admin: node.Admin}
	admin := &person{t: t, url: "http://" + node.Admin}
	routes := []string{"GET /users", "GET /users/1", "POST /users", "PATCH /users/1", "POST /sessions", "POST /orders", "GET /orders", "POST /orders/1/cancel",
		"GET /registry/services", "GET /openapi.json", "GET /docs", "GET /nowhere"}
	var mu sync.Mutex
	statuses := make(map[int]int)
	send := func(from, to int) {
		var wg sync.WaitGroup
		for c := range clients {
			wg.Go(func() {
				for i := from + c; i < to; i += clients {
					raw := webtest.Malformed(rand.New(rand.NewPCG(4, uint64(i))), routes...)
					for _, code := range statusesOf(node.URL, raw) {
						if code >= 500 {
							t.Errorf("request %d, %q, is answered %d", i, raw, code)
						}
						mu.Lock()
						statuses[code]++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		require.Eventually(t, func() bool {
			var s nodeStatus
			return n.look(t.Context(), "/status", &s) == nil && s.Process.Connections <= 1 // which is ada's
		}, 30*time.Second, 20*time.Millisecond, "connections stay open")
	}
	alive := func() (bytes, goroutines float64) {
		admin.ask(200, "GET", "/debug/pprof/heap?gc=1", "")
		metrics := string(admin.ask(200, "GET", "/metrics", "").raw)
		return metric(t, metrics, "go_memstats_heap_alloc_bytes"), metric(t, metrics, "go_goroutines")
	}
	send(0, warm) // what is made once is made by now
	heap, goroutines := alive()
	send(warm, all)
	heapAfter, goroutinesAfter := alive()
	require.Less(t, heapAfter, heap+1<<20, "%v", statuses)
	require.LessOrEqual(t, goroutinesAfter, goroutines+10)
	require.NotContains(t, node.output.String(), "panic")
	require.NotContains(t, node.output.String(), " ERR ")
	ada.ask(201, "POST", "/orders", oneBook)
	t.Logf("answers by status: %v; alive before %.1f MB, after %.1f MB", statuses, heap/1e6, heapAfter/1e6)
}

// statusesOf sends bytes on a connection of its own, ends it, and returns the statuses of what comes back.
func statusesOf(url string, raw []byte) (codes []int) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil
	}
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	var sent sync.WaitGroup
	sent.Go(func() { // a server that does not read on must not keep us from reading
		_, _ = conn.Write(raw)
		_ = conn.(*net.TCPConn).CloseWrite()
	})
	back, _ := io.ReadAll(conn) // also of a connection that is reset, all there was
	_ = conn.Close()
	sent.Wait()
	r := bufio.NewReader(bytes.NewReader(back))
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return codes
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		codes = append(codes, resp.StatusCode)
	}
}

// metric returns the value of a metric without labels.
func metric(t *testing.T, metrics, name string) float64 {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(metrics)
	require.Len(t, found, 2, name)
	value, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	return value
}
