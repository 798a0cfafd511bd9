package main

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stream sends 200 requests a second, whether those before are answered or not, half of them orders without a key that nobody
// may repeat. One that fails fails the test.
type stream struct {
	stop          chan struct{}
	running       sync.WaitGroup
	placed, count atomic.Int64
	began         time.Time
	slowest       atomic.Int64
}

const loadEvery = 5 * time.Millisecond

func startStream(p *person) *stream {
	l := &stream{stop: make(chan struct{}), began: time.Now()}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	end := sync.OnceFunc(func() { close(l.stop) })
	p.t.Cleanup(func() {
		select {
		case <-l.stop:
		default:
			end()
		}
		l.running.Wait()
		client.CloseIdleConnections()
	})
	l.running.Go(func() {
		tick := time.NewTicker(loadEvery)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-l.stop:
				return
			case <-tick.C:
			}
			l.count.Add(1)
			l.running.Go(func() {
				began := time.Now()
				if n%2 == 0 {
					p.once(client, "GET", "/orders?limit=1", "", 200)
				} else if p.once(client, "POST", "/orders", oneBook, 201) {
					l.placed.Add(1)
				}
				for took := int64(time.Since(began)); ; {
					most := l.slowest.Load()
					if took <= most || l.slowest.CompareAndSwap(most, took) {
						return
					}
				}
			})
		}
	})
	return l
}

// asked waits for so many more requests.
func (l *stream) asked(t testing.TB, n int64) {
	t.Helper()
	until := l.count.Load() + n
	require.Eventually(t, func() bool { return l.count.Load() >= until }, 30*time.Second, 5*time.Millisecond)
}

// end waits for the last answer and returns how many orders were placed.
func (l *stream) end() int {
	close(l.stop)
	l.running.Wait()
	return int(l.placed.Load())
}

func (l *stream) String() string {
	return fmt.Sprintf("%d requests (%.0f/s), %d orders, the slowest took %s", l.count.Load(),
		float64(l.count.Load())/time.Since(l.began).Seconds(), l.placed.Load(), time.Duration(l.slowest.Load()).Round(time.Millisecond))
}
