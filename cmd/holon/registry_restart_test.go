//go:build linux

package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryRestartedOneByOne kills every registry node, each as soon as the one before is ready again. Nobody beats
// meanwhile: all that is known is what a node has learnt of the others before it says that it is ready.
func TestRegistryRestartedOneByOne(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	r := startRegistries(t, 3)
	for i := range 500 {
		r.lease(0, fmt.Sprintf("svc-%d", i%100), fmt.Sprint(i/100), 600)
	}
	for i := range r.nodes {
		require.Eventually(t, func() bool { return len(r.mustLeases(i)) == 500 }, 10*time.Second, 20*time.Millisecond)
	}
	for round := range 2 {
		for i := range r.nodes {
			r.kill(i)
			r.start(i)
			require.Len(t, r.mustLeases(i), 500, "r%d is ready, in round %d", i+1, round+1)
		}
	}
}
