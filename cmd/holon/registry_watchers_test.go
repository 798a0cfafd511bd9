//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryWatchers has many watch at one gateway what is written through another. All see all of it.
func TestRegistryWatchers(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	size, writes := 200, 5
	if long() {
		size, writes = 2000, 20
	}
	r := startRegistries(t, 2)
	before := spentBy(r.nodes[0])
	watchers := make([]*watcher, size)
	var started sync.WaitGroup
	room := make(chan struct{}, 32)
	for i := range watchers {
		started.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			watchers[i] = startWatcher(r.url(0))
		})
	}
	started.Wait()
	t.Cleanup(func() {
		for _, w := range watchers {
			w.leave()
		}
	})
	for i, w := range watchers {
		require.NoError(t, w.err, "watcher %d", i)
	}
	watched := spentBy(r.nodes[0])

	var took []time.Duration
	for n := range writes {
		id := fmt.Sprintf("change-%d", n)
		began := time.Now()
		r.lease(1, "watched", id, 60)
		for i, w := range watchers {
			at, err := w.sees(id)
			require.NoError(t, err, "watcher %d and %s", i, id)
			took = append(took, at.Sub(began))
		}
	}
	slices.Sort(took)
	after := spentBy(r.nodes[0])
	t.Logf("%d watchers, %d changes: seen after %s (p50), %s (p99), %s (at most); one has %d KiB while idle, %d KiB at the most", size, writes,
		at(took, 50), at(took, 99), at(took, 100), (watched.rss-before.rss)/size, (after.peak-before.rss)/size)
	t.Logf("before: %s; behind: %s", before, after)
}

func at(sorted []time.Duration, percent int) time.Duration {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)].Round(100 * time.Microsecond)
}

// watcher is a connection that GETs /registry/watch and notes when it was told of an instance.
type watcher struct {
	conn net.Conn
	err  error
	done chan struct{}
	mu   sync.Mutex
	// turned is closed at the next line; told says when.
	turned chan struct{}
	told   map[string]time.Time
}

// startWatcher returns when the snapshot has come.
func startWatcher(url string) *watcher {
	w := &watcher{done: make(chan struct{}), turned: make(chan struct{}), told: make(map[string]time.Time)}
	if w.conn, w.err = net.Dial("tcp", strings.TrimPrefix(url, "http://")); w.err != nil {
		close(w.done)
		return w
	}
	_, w.err = fmt.Fprint(w.conn, "GET /registry/watch HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReaderSize(w.conn, 1024), nil)
	if err != nil || w.err != nil || resp.StatusCode != http.StatusOK {
		w.err = errors.Join(err, w.err, fmt.Errorf("watch: %v", resp))
		close(w.done)
		return w
	}
	lines := bufio.NewReaderSize(resp.Body, 1024)
	for line := ""; w.err == nil && !strings.HasPrefix(line, "event: snapshot"); {
		line, w.err = lines.ReadString('\n')
	}
	go w.read(lines)
	return w
}

func (w *watcher) read(lines *bufio.Reader) {
	defer close(w.done)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		now := time.Now()
		for rest := line; ; {
			_, after, found := strings.Cut(rest, `"id":"`)
			if !found {
				break
			}
			id, behind, _ := strings.Cut(after, `"`)
			rest = behind
			w.mu.Lock()
			if _, known := w.told[id]; !known {
				w.told[id] = now
			}
			close(w.turned)
			w.turned = make(chan struct{})
			w.mu.Unlock()
		}
	}
}

// sees waits until the watcher has been told of an instance.
func (w *watcher) sees(id string) (time.Time, error) {
	for late := time.After(30 * time.Second); ; {
		w.mu.Lock()
		at, known := w.told[id]
		turned := w.turned
		w.mu.Unlock()
		if known {
			return at, nil
		}
		select {
		case <-turned:
		case <-w.done:
			return at, fmt.Errorf("the stream has ended")
		case <-late:
			return at, fmt.Errorf("it was never told")
		}
	}
}

func (w *watcher) leave() {
	if w.conn != nil {
		_ = w.conn.Close()
		<-w.done
	}
}
