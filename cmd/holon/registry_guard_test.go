//go:build linux

package main

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryGuard has all clients fall silent, which is more likely to be a cut than the death of them all: nothing is gone,
// the log says so, and who comes again is as before. When then a third stops, that third goes.
func TestRegistryGuard(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	const ttl, size = 10, 15
	r := startRegistries(t, 2)
	h := startLessees(t, r, size/3, ttl, 2*time.Second)
	states := func(i int) map[string]int {
		n := make(map[string]int)
		for _, l := range r.mustLeases(i) {
			n[l.State]++
		}
		return n
	}
	on := func(patience time.Duration, want map[string]int, why string) {
		t.Helper()
		for i := range r.nodes {
			require.Eventually(t, func() bool { return maps.Equal(want, states(i)) }, patience, 50*time.Millisecond, "r%d: %s %v", i+1, why, states(i))
		}
	}
	on(10*time.Second, map[string]int{"ready": size}, "all are registered")

	h.end()
	silent := time.Now()
	on(ttl*time.Second+5*time.Second, map[string]int{"overdue": size}, "all are kept, and shown to be late")
	t.Logf("overdue %s after the last heartbeat", time.Since(silent).Round(100*time.Millisecond))
	<-time.After(window(0, time.Until(silent.Add(ttl*time.Second+5*time.Second))))
	for i, p := range r.nodes {
		require.Equal(t, map[string]int{"overdue": size}, states(i))
		require.Contains(t, p.output.String(), "REGISTRY GUARD HOLDS")
		require.Contains(t, p.output.String(), `ERR`)
	}

	h = startLessees(t, r, size/3, ttl, 2*time.Second)
	on(5*time.Second, map[string]int{"ready": size}, "who comes again is late no more")
	if !long() {
		return
	}
	for _, p := range r.nodes {
		require.Eventually(t, func() bool { return strings.Contains(p.output.String(), "registry guard has ended") }, 15*time.Second, 50*time.Millisecond)
	}
	h.quit(false, h.all[:size/3]...)
	stopped := time.Now()
	on(ttl*time.Second+5*time.Second, map[string]int{"ready": size - size/3}, "a third that stops is dead")
	require.LessOrEqual(t, time.Since(stopped), ttl*time.Second+5*time.Second)
	t.Logf("a third was gone %s after its last heartbeat", time.Since(stopped).Round(100*time.Millisecond))
}
