//go:build linux

package main

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryFleet: services of three instances beat at any of three registry nodes, which are killed and started again at
// random. Who lives is on every node but for one heartbeat, who is dead is on none TTL + 5 s later, and then all nodes list the
// same.
func TestRegistryFleet(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	services, ttl, beat, lasts := 50, 10, 3*time.Second, 11*time.Second // longer than who stops is seen
	if long() {
		services, ttl, beat, lasts = 1000, 30, 10*time.Second, 3*time.Minute
	}
	r := startRegistries(t, 3)
	h := startLessees(t, r, services, ttl, beat)
	o := startObserver(t, h, window(200*time.Millisecond, time.Second))
	registered := func(i int) bool {
		all, err := r.leases(r.url(i))
		return err == nil && len(all) == len(h.all)
	}
	require.Eventually(t, func() bool { return registered(0) && registered(1) && registered(2) }, 3*beat, 50*time.Millisecond)

	before := make([]spent, 3)
	began := time.Now()
	h.quit(false, h.all[:len(h.all)/10]...)
	h.quit(true, h.all[len(h.all)-len(h.all)/20:]...)
	kills := 0
	for time.Since(began) < lasts {
		victims := rand.Perm(3)[:1+rand.IntN(2)] // one always knows all
		for _, i := range victims {
			before[i] = spentBy(r.nodes[i]).add(before[i])
			r.kill(i)
			kills++
		}
		<-time.After(time.Duration(rand.Int64N(int64(window(time.Second, 4*time.Second)))))
		for _, i := range victims {
			r.start(i)
		}
		<-time.After(time.Duration(rand.Int64N(int64(window(2*time.Second, 6*time.Second)))))
	}
	t.Logf("%d kills within %s", kills, time.Since(began).Round(time.Second))
	t.Logf("all list the same after %s of quiet", o.alike(beat).Round(time.Millisecond))
	o.end()
	h.end()
	var late time.Duration
	for _, l := range h.all {
		late = max(late, l.late)
	}
	for i, p := range r.nodes {
		t.Logf("r%d: %s", i+1, spentBy(p).add(before[i]))
	}
	t.Logf("%d looks; missing for %s at the most (%s), dead and listed for %s (%s), %s between two beats", o.looks,
		o.missing, o.missingWho, o.lingering, o.lingersWho, late.Round(time.Millisecond))
	require.Empty(t, o.refused, "nodes that are ready answer")
	require.LessOrEqual(t, o.missing, beat, o.missingWho)
	require.LessOrEqual(t, o.lingering, time.Duration(ttl)*time.Second+5*time.Second, o.lingersWho)
}

// long says that tests look as long as the promise that they hold, and at as many.
func long() bool { return window(0, 1) == 1 }
