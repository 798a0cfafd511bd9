package cluster_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

// sees returns a condition on views: n nodes, all of the same cluster.
func sees(n int) func(*cluster.View) bool {
	return func(v *cluster.View) bool { return len(v.Nodes) == n && v.Cluster != "" }
}

// fullView is how long a fleet may take to know all of itself: what gossip has missed, a node hears in an exchange of all,
// of which each has one in ten seconds.
const fullView = 20 * time.Second

// TestFleet holds the times in which a fleet agrees on what happens to one of its nodes.
func TestFleet(t *testing.T) {
	for _, size := range []int{5, 30, 100} {
		t.Run(strconv.Itoa(size)+" nodes", func(t *testing.T) {
			if testing.Short() && size > 30 {
				t.Skip("slow")
			}
			start := time.Now()
			clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) { fleet(t, f, size) })
			t.Logf("real time %s", time.Since(start).Round(time.Millisecond))
		})
	}
}

func fleet(t *testing.T, f *clustertest.Fleet, size int) {
	nodes := f.Start(size)
	t.Logf("full view      %s", f.AwaitAll(nodes, fullView, "full view", sees(size)))

	t.Logf("views until then, of the first node: %d", nodes[0].View().Version)
	start := time.Now()
	for _, n := range nodes {
		require.NoError(t, n.Announce(t.Context()))
	}
	t.Logf("all announced  %s later", time.Since(start))
	<-time.After(10 * time.Second) // what was queued goes out

	changed := nodes[size/2]
	changed.SetState(cluster.Ready)
	require.NoError(t, changed.SetModule("work", cluster.Ready))
	took := f.AwaitAll(nodes, 3*time.Second, "change seen", func(v *cluster.View) bool { return len(v.Instances("work")) == 1 })
	t.Logf("change         %s", took)
	require.NoError(t, changed.Announce(t.Context()))

	leaver := nodes[size-1]
	start = time.Now()
	left := make(chan error, 1)
	go func() { left <- leaver.Leave(t.Context()) }()
	nodes = nodes[:size-1]
	t.Logf("leave          %s", f.AwaitAll(nodes, 3*time.Second, "leave seen", sees(size-1)))
	require.NoError(t, <-left)
	t.Logf("leave returned %s", time.Since(start))

	nodes[size-2].Crash()
	nodes = nodes[:size-2]
	t.Logf("crash          %s", f.AwaitAll(nodes, 20*time.Second, "crash seen", sees(size-2)))
}

func TestPartitionHeals(t *testing.T) {
	for _, size := range []int{2, 6, 30} {
		clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
			nodes := f.Start(size)
			f.AwaitAll(nodes, fullView, "full view", sees(size))
			var side []string
			for _, n := range nodes[size/2:] {
				side = append(side, n.Gossip)
			}
			f.Net.Cut(side...)
			f.AwaitAll(nodes[:size/2], 20*time.Second, "one side alone", sees(size/2))
			f.AwaitAll(nodes[size/2:], 20*time.Second, "other side alone", sees(size-size/2))
			<-time.After(time.Minute)
			f.Net.Heal()
			took := f.AwaitAll(nodes, 13*time.Second, "healed", sees(size))
			t.Logf("%d nodes healed in %s", size, took)
			require.LessOrEqual(t, took, 12500*time.Millisecond)
		})
	}
}
