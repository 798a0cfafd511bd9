package cluster_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

func TestSeedsParsed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1": "10.0.0.1:7946", "host": "host:7946", "host:1": "host:1", "a.b.c:80": "a.b.c:80",
		"::1": "[::1]:7946", "[::1]": "[::1]:7946", "[::1]:5": "[::1]:5",
	} {
		got, err := cluster.ParseSeed(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", ":1", "host:", "host:x", "host:70000", "host:0", "a/b:1", "a b", "1:2:x"} {
		_, err := cluster.ParseSeed(text)
		require.Error(t, err, "%q", text)
	}
}

func TestParamsRefused(t *testing.T) {
	t.Parallel()
	f := clustertest.NewFleet(t)
	for want, edit := range map[string]func(*cluster.Params){
		"node":          func(p *cluster.Params) { p.Node = "a~b" },
		"boot":          func(p *cluster.Params) { p.Boot = "f47ac10b-58cc-4372-a567-0e02b2c3d479" },
		"node address":  func(p *cluster.Params) { p.Addr = "nowhere" },
		"id store":      func(p *cluster.Params) { p.ID = nil },
		"not ip:port":   func(p *cluster.Params) { p.Bind = "localhost:1" },
		"no interface":  func(p *cluster.Params) { p.Bind = "0.0.0.0:7946" },
		"seed":          func(p *cluster.Params) { p.Seeds = []string{"a:b:c"} },
		"major version": func(p *cluster.Params) { p.Modules[0].Major = 256 },
	} {
		_, err := f.New(edit)
		require.ErrorContains(t, err, want)
	}
}

// TestSeedIsResolvedAnew holds that a name is looked up for each join, because what is behind it moves.
func TestSeedIsResolvedAnew(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		first := f.Start(1)[0]
		late, err := f.New(func(p *cluster.Params) { p.Seeds = []string{"seeds.example"} })
		require.NoError(t, err)
		var asked atomic.Int32
		late.Lookup(func(context.Context, string) ([]string, error) {
			if asked.Add(1) < 3 {
				return nil, errors.New("no such host")
			}
			return []string{"10.8.8.8", "10.0.0.2"}, nil
		})
		require.NoError(t, late.Start(t.Context()))
		defer late.Crash()
		f.Await(time.Second, "an error", func() bool { return late.JoinError() != nil })
		require.ErrorContains(t, late.JoinError(), "no such host")
		f.AwaitAll([]*clustertest.Node{first, late}, 5*time.Second, "joined", sees(2))
	})
}

// TestLastPeersAreJoined holds that a node finds its cluster again without a seed that runs.
func TestLastPeersAreJoined(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(2)
		folder := t.TempDir()
		keep := func(p *cluster.Params) { p.Folder, p.Node = folder, "keeps" }
		n := f.Add(keep)
		f.AwaitAll(f.Nodes, 5*time.Second, "three", sees(3))
		f.Await(5*time.Second, "peers written", func() bool {
			b, err := os.ReadFile(filepath.Join(folder, "peers.json"))
			return err == nil && len(b) > 60
		})
		n.Crash()
		f.Nodes[0].Crash() // the seed
		n = f.Add(keep)
		f.AwaitAll([]*clustertest.Node{f.Nodes[1], n}, 5*time.Second, "found by the last peers", func(v *cluster.View) bool {
			_, a := v.Node("keeps")
			_, b := v.Node(f.Nodes[1].Name)
			return a && b
		})
	})
}

// TestLossyNetwork holds that packets that are lost throw nobody out.
func TestLossyNetwork(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(10)
		f.AwaitAll(f.Nodes, 5*time.Second, "full view", sees(10))
		f.Net.Lose(0.2)
		f.Nodes[4].SetState(cluster.Draining)
		took := f.AwaitAll(f.Nodes, 10*time.Second, "change seen", func(v *cluster.View) bool {
			n, _ := v.Node(f.Nodes[4].Name)
			return n.State == cluster.Draining
		})
		t.Logf("change seen after %s with 20 %% loss", took)
		<-time.After(time.Minute)
		f.AwaitAll(f.Nodes, time.Second, "all still there", sees(10))
	})
}

func TestModuleElsewhere(t *testing.T) {
	t.Parallel()
	f := clustertest.NewFleet(t)
	n, err := f.New(nil)
	require.NoError(t, err)
	require.Error(t, n.SetModule("other", cluster.Ready))
	require.NoError(t, n.SetModule("work", cluster.Ready))
	require.ErrorIs(t, n.Announce(t.Context()), cluster.ErrStopped)
	require.NoError(t, n.Leave(t.Context()), "never started")
	require.Error(t, n.Start(t.Context()))
}

// TestStaleInstances holds that a node that lost everybody still offers them, and takes their next run for them.
func TestStaleInstances(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		for _, n := range f.Nodes {
			n.SetState(cluster.Ready)
			require.NoError(t, n.SetModule("work", cluster.Ready))
		}
		one := f.Nodes[0]
		f.AwaitAll(f.Nodes, 5*time.Second, "three ready", func(v *cluster.View) bool { return len(v.Instances("work")) == 3 })
		old := f.Nodes[2]
		f.Net.Cut(one.Gossip)
		f.AwaitAll([]*clustertest.Node{one}, 20*time.Second, "alone", sees(1))
		require.Len(t, one.View().Instances("work"), 3)

		old.Crash()
		again := f.Add(func(p *cluster.Params) { p.Node, p.Seeds = old.Name, []string{f.Nodes[1].Gossip} })
		f.Net.Heal()
		f.AwaitAll([]*clustertest.Node{one, f.Nodes[1], again}, 20*time.Second, "healed", sees(3))
		n, _ := one.View().Node(old.Name)
		require.Equal(t, again.Boot, n.Boot)
		require.Empty(t, one.View().Stale)

		// Those that leave in order are not offered.
		f.Nodes[1].Bye()
		again.Bye()
		f.AwaitAll([]*clustertest.Node{one}, 5*time.Second, "alone again", sees(1))
		require.Len(t, one.View().Instances("work"), 1)
	})
}
