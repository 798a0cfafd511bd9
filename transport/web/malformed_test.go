package web_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web/webtest"
)

var errTimeout = os.ErrDeadlineExceeded

// TestMalformedRequests: of ten thousand requests that no client should send, none is answered as our fault, none
// panics, and nothing is left of them.
func TestMalformedRequests(t *testing.T) {
	e := patient(t, 0)
	s := listen(t, e, e.limits)
	requests, statuses := 10_000, make(map[int]int)
	if testing.Short() {
		requests = 1000
	}
	var mu sync.Mutex
	send := func(rng *rand.Rand) {
		raw := webtest.Malformed(rng, "GET /books", "POST /books", "GET /large", "GET /openapi.json")
		for _, r := range s.exchange(t, raw) {
			mu.Lock()
			statuses[r.StatusCode]++
			mu.Unlock()
			if r.StatusCode >= 500 {
				t.Errorf("%q is answered %s", raw, r.Status)
			}
			if r.StatusCode >= 400 && r.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q is answered %s as %s", raw, r.Status, r.Header.Get("Content-Type"))
			}
		}
	}
	send(rand.New(rand.NewPCG(0, 0))) // what is made once is made now
	require.Eventually(t, func() bool { return s.Connections() == 0 }, tolerance, time.Millisecond)
	before := measured()
	var clients sync.WaitGroup
	for i := range uint64(8) {
		clients.Go(func() {
			rng := rand.New(rand.NewPCG(17, i))
			for range requests / 8 {
				send(rng)
			}
		})
	}
	clients.Wait()
	require.Eventually(t, func() bool { return s.Connections() == 0 && s.InFlight() == 0 }, tolerance, time.Millisecond)
	require.Empty(t, e.log.String())
	require.Greater(t, statuses[http.StatusBadRequest], requests/10, "most are no HTTP at all: %v", statuses)
	require.Greater(t, e.met(t, "malformed"), requests/10)
	after := measured()
	require.LessOrEqual(t, after.goroutines, before.goroutines+10, "%v", statuses)
	require.Less(t, after.heap, before.heap+1<<20)
	t.Log(statuses, before, after)
}

// use is what a process has in use.
type use struct {
	goroutines int
	heap       uint64
}

func measured() use {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return use{runtime.NumGoroutine(), m.HeapAlloc}
}
