//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"holon/modules/registry"
)

// lessees are instances of services outside, each beating through any gateway that takes it.
type lessees struct {
	*registries
	beat time.Duration
	ttl  int
	all  []*lessee
	// room bounds how many ask at once.
	room chan struct{}
	over chan struct{}
	done sync.WaitGroup
}

// lessee is one of them.
type lessee struct {
	service, id string
	// puts says that it repeats its PUT; others send heartbeats as long as they are known.
	puts bool
	stop chan struct{}
	done chan struct{}

	mu sync.Mutex
	// taken is when it was registered, left when it sent its last; zero before.
	taken, left time.Time
	// late is the longest between two beats that were taken, the last at last.
	late time.Duration
	last time.Time
}

func (l *lessee) key() string { return l.service + "/" + l.id }

// live returns since when it is to be seen, and since when it is not.
func (l *lessee) live() (taken, left time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken, l.left
}

// startLessees has so many services of three instances beat, spread over the time between two beats.
func startLessees(t *testing.T, r *registries, services, ttl int, beat time.Duration) *lessees {
	t.Helper()
	h := &lessees{registries: r, beat: beat, ttl: ttl, room: make(chan struct{}, 48), over: make(chan struct{})}
	for i := range services * 3 {
		l := &lessee{service: fmt.Sprintf("svc-%04d", i/3), id: fmt.Sprint(i % 3), puts: i%2 == 0, stop: make(chan struct{}), done: make(chan struct{})}
		h.all = append(h.all, l)
	}
	for i, l := range h.all {
		phase := beat * time.Duration(i) / time.Duration(len(h.all))
		h.done.Go(func() { h.live(l, phase) })
	}
	t.Cleanup(h.end)
	return h
}

// end has all of them stop, without a goodbye.
func (h *lessees) end() {
	select {
	case <-h.over:
	default:
		close(h.over)
	}
	h.done.Wait()
}

func (h *lessees) live(l *lessee, phase time.Duration) {
	defer close(l.done)
	if !h.rest(l, phase) {
		return
	}
	tick := time.NewTicker(h.beat)
	defer tick.Stop()
	revision := ""
	for {
		for !h.say(l, &revision) {
			if !h.rest(l, 50*time.Millisecond) {
				return
			}
		}
		select {
		case <-tick.C:
		case <-l.stop:
			return
		case <-h.over:
			return
		}
	}
}

// rest waits, as a client would before it tries again, and reports whether to go on.
func (h *lessees) rest(l *lessee, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-l.stop:
	case <-h.over:
	}
	return false
}

// say beats once, at any gateway, and reports whether one has taken it.
func (h *lessees) say(l *lessee, revision *string) bool {
	h.room <- struct{}{}
	defer func() { <-h.room }()
	for _, i := range rand.Perm(len(h.at)) {
		at := h.url(i)
		if at == "" {
			continue
		}
		code := 404
		if path := at + instancePath(l.service, l.id); !l.puts && *revision != "" {
			code = h.send(http.MethodPost, path+"/heartbeat?revision="+*revision, "", nil)
		}
		if code == 404 { // it is unknown there, so it says all
			var told registry.Lease
			code = h.send(http.MethodPut, at+instancePath(l.service, l.id), leaseOf(l.id, h.ttl), &told)
			*revision = told.Revision
		}
		if code == 200 {
			l.beaten()
			return true
		}
	}
	return false
}

func (l *lessee) beaten() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.taken.IsZero() {
		l.taken, l.last = now, now
	}
	l.late, l.last = max(l.late, now.Sub(l.last)), now
}

// quit ends some of them, with a goodbye or without.
func (h *lessees) quit(goodbye bool, some ...*lessee) {
	for _, l := range some {
		close(l.stop)
	}
	for _, l := range some {
		<-l.done
		for goodbye && !h.farewell(l) {
			<-time.After(50 * time.Millisecond) // as a client would
		}
		l.mu.Lock()
		l.left = time.Now()
		l.mu.Unlock()
	}
}

func (h *lessees) farewell(l *lessee) bool {
	for _, i := range rand.Perm(len(h.at)) {
		if at := h.url(i); at != "" && h.send(http.MethodDelete, at+instancePath(l.service, l.id), "", nil) == 204 {
			return true
		}
	}
	return false
}
