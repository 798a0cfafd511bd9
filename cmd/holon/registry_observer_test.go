//go:build linux

package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// observer looks at each registry node again and again, and compares with who lives.
type observer struct {
	*lessees
	every time.Duration
	over  chan struct{}
	done  sync.WaitGroup

	mu sync.Mutex
	// missing is the longest that a node did not list who lives, lingering the longest that it listed who does not.
	missing, lingering     time.Duration
	missingWho, lingersWho string
	looks                  int
	refused                []string
}

func startObserver(t *testing.T, h *lessees, every time.Duration) *observer {
	t.Helper()
	o := &observer{lessees: h, every: every, over: make(chan struct{})}
	for i := range h.at {
		o.done.Go(func() { o.watch(i) })
	}
	t.Cleanup(o.end)
	return o
}

func (o *observer) end() {
	select {
	case <-o.over:
	default:
		close(o.over)
	}
	o.done.Wait()
}

func (o *observer) watch(node int) {
	tick := time.NewTicker(o.every)
	defer tick.Stop()
	misses, last := make(map[string]time.Time), ""
	for {
		at := o.url(node)
		if at != last { // a node that was started again has missed nothing yet
			misses, last = make(map[string]time.Time), at
		}
		if at != "" {
			o.look(node, at, misses)
		}
		select {
		case <-tick.C:
		case <-o.over:
			return
		}
	}
}

func (o *observer) look(node int, at string, misses map[string]time.Time) {
	began := time.Now()
	left := make(map[string]time.Time)
	var living []*lessee
	for _, l := range o.all {
		if since, until := l.live(); !until.IsZero() {
			left[l.key()] = until
		} else if !since.IsZero() {
			living = append(living, l)
		}
	}
	there, err := o.leases(at)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		if o.url(node) == at { // else it was killed meanwhile
			o.refused = append(o.refused, err.Error())
		}
		return
	}
	o.looks++
	for key, until := range left {
		if _, is := there[key]; is && began.Sub(until) > o.lingering {
			o.lingering, o.lingersWho = began.Sub(until), fmt.Sprintf("%s on r%d", key, node+1)
		}
	}
	for _, l := range living {
		_, is := there[l.key()]
		if _, until := l.live(); is || !until.IsZero() {
			delete(misses, l.key())
			continue
		}
		if misses[l.key()].IsZero() {
			misses[l.key()] = began
		}
		if d := began.Sub(misses[l.key()]); d > o.missing {
			o.missing, o.missingWho = d, fmt.Sprintf("%s on r%d", l.key(), node+1)
		}
	}
}

// alike waits until all nodes list the same, those that live, and returns how long that took.
func (o *observer) alike(patience time.Duration) time.Duration {
	o.t.Helper()
	var living []string
	for _, l := range o.all {
		if _, until := l.live(); until.IsZero() {
			living = append(living, l.key())
		}
	}
	slices.Sort(living)
	began := time.Now()
	for why := o.differ(living); why != ""; why = o.differ(living) {
		require.Less(o.t, time.Since(began), patience, why)
		<-time.After(20 * time.Millisecond)
	}
	return time.Since(began)
}

// differ says how the nodes do not list the same, those that live; "" where they do.
func (o *observer) differ(living []string) string {
	first, err := o.leases(o.url(0))
	if err != nil {
		return err.Error()
	}
	if got := slices.Sorted(maps.Keys(first)); !slices.Equal(got, living) {
		return fmt.Sprintf("r1 lists %d, and %d live: %v", len(got), len(living), slices.DeleteFunc(append(got, living...), func(key string) bool {
			_, is := first[key]
			return is && slices.Contains(living, key)
		}))
	}
	for i := 1; i < len(o.at); i++ {
		other, err := o.leases(o.url(i))
		if err != nil {
			return err.Error()
		}
		if !reflect.DeepEqual(first, other) {
			return fmt.Sprintf("r1 lists %v and r%d lists %v", first, i+1, other)
		}
	}
	return ""
}
