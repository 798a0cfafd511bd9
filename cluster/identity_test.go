package cluster_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"
	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

func TestJoinersAdoptTheID(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		nodes := f.Start(1)
		id := nodes[0].View().Cluster
		require.Len(t, id, 16)
		store := clustertest.NewID("")
		f.Add(func(p *cluster.Params) { p.ID = store })
		f.AwaitAll(f.Nodes, 5*time.Second, "both", sees(2))
		require.Equal(t, id, f.Nodes[1].View().Cluster)
		f.Await(5*time.Second, "id kept", func() bool { got, err := store.Get(); return err == nil && got == id })
	})
}

// TestTwoClustersNeverMerge holds that clusters with ids of their own refuse each other, whoever dials.
func TestTwoClustersNeverMerge(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		a := f.Start(3)
		b := f.Add(func(p *cluster.Params) { p.Seeds = nil })
		b2 := f.Add(func(p *cluster.Params) { p.Seeds = []string{b.Gossip} })
		f.AwaitAll(a, 5*time.Second, "first cluster", sees(3))
		f.AwaitAll([]*clustertest.Node{b, b2}, 5*time.Second, "second cluster", sees(2))
		stray := f.Add(func(p *cluster.Params) { p.ID = clustertest.NewID("of-another-project") })
		f.Await(40*time.Second, "refused", func() bool { return a[0].Metrics().Refused("other_cluster") > 2 })
		require.False(t, stray.Joined())
		require.ErrorContains(t, stray.JoinError(), "belongs to cluster")
		f.AwaitAll(a, time.Second, "first cluster stays", sees(3))
		f.AwaitAll([]*clustertest.Node{stray}, time.Second, "stray stays alone", sees(1))
	})
}

// TestSymmetricSeeds holds that nodes with one list of seeds, themselves among them, make one cluster with one id.
func TestSymmetricSeeds(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		seeds := []string{"10.0.0.2:7946", "10.0.0.3:7946", "10.0.0.4:7946"}
		for range 3 {
			f.Add(func(p *cluster.Params) { p.Seeds = seeds })
		}
		took := f.AwaitAll(f.Nodes, 30*time.Second, "one cluster", sees(3))
		t.Logf("an id after %s", took)
		require.Equal(t, f.Nodes[0].View().Cluster, f.Nodes[2].View().Cluster)
	})
}

// otherID is a store whose folder was taken over by another cluster meanwhile.
type otherID struct{}

func (otherID) Get() (string, error)         { return "", nil }
func (otherID) Adopt(string) (string, error) { return "taken-meanwhile", nil }

func TestFolderOfAnotherCluster(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(1)
		n := f.Add(func(p *cluster.Params) { p.ID = otherID{} })
		err := fault(f, n, 5*time.Second)
		require.Equal(t, &cluster.ForeignError{Joined: f.Nodes[0].View().Cluster, Kept: "taken-meanwhile"}, err)
	})
}

// TestWrongKey holds that gossip under another key, or none, comes to nothing.
func TestWrongKey(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		locked := func(key byte) func(*cluster.Params) {
			return func(p *cluster.Params) {
				ring, err := memberlist.NewKeyring(nil, bytes.Repeat([]byte{key}, 32))
				require.NoError(t, err)
				p.Keyring = ring
			}
		}
		a, b := f.Add(locked(1)), f.Add(locked(1))
		c, d := f.Add(locked(2)), f.Add(nil)
		f.AwaitAll([]*clustertest.Node{a, b}, 5*time.Second, "those with the key", sees(2))
		<-time.After(30 * time.Second)
		f.AwaitAll([]*clustertest.Node{a, b}, time.Second, "only those", sees(2))
		require.Error(t, c.JoinError())
		require.Error(t, d.JoinError())
		require.Positive(t, a.Metrics().Refused("garbage"))
	})
}

func TestJoinOfOneselfFails(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		n := f.Add(func(p *cluster.Params) { p.Seeds = []string{"10.0.0.2:7946"} })
		f.Await(time.Second, "an error", func() bool { return n.JoinError() != nil })
		require.ErrorIs(t, n.JoinError(), cluster.ErrOnlySelf)
		require.False(t, n.Joined())
		require.Empty(t, n.View().Cluster)
	})
}

// TestSeedComesLater holds that a node whose seed does not run yet goes on trying, soon at first.
func TestSeedComesLater(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		early := f.Add(func(p *cluster.Params) { p.Seeds = []string{"10.9.9.9"} })
		f.Await(time.Second, "an error", func() bool { return early.JoinError() != nil })
		require.ErrorContains(t, early.JoinError(), "refused")
		f.Add(func(p *cluster.Params) { clustertest.At("10.9.9.9:7946")(p); p.Seeds = nil })
		took := f.AwaitAll(f.Nodes, 12*time.Second, "joined", sees(2))
		t.Logf("joined after %s", took)
		require.NoError(t, early.JoinError())
	})
}
