package cluster_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

// disk is what a store keeps; claim makes a claim with it that keeps what comes of it.
type disk struct {
	kept  cluster.Home
	marks []string
}

func (d *disk) claim(store string) cluster.Claim {
	c := order(store)
	c.Settled, c.Marks = d.kept.Settled, d.marks
	c.Keep = d.keep
	return c
}

func (d *disk) keep(_ context.Context, h cluster.Home) error {
	d.kept, d.marks = h, append(slices.Clone(d.marks), h.Mark)
	return nil
}

// TestOldCopyIsRefused holds that of two copies of one store the one that was not used last is refused, whichever was first.
func TestOldCopyIsRefused(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		var original disk
		require.NoError(t, (<-settle(t.Context(), f.Nodes[1], original.claim("s1"))).err)
		copied := original
		f.Nodes[1].Bye()

		require.NoError(t, (<-settle(t.Context(), f.Nodes[2], copied.claim("s1"))).err, "it was moved to another node")
		f.Nodes[2].Bye()
		back := f.Add(bears(f.Nodes[1].Name))
		got := <-settle(t.Context(), back, original.claim("s1"))
		var old *cluster.OldStoreError
		require.ErrorAs(t, got.err, &old)
		require.Equal(t, copied.kept, old.Known)
		require.ErrorContains(t, got.err, f.Nodes[2].Name)

		anyway := original.claim("s1")
		anyway.NewStore = true
		require.NoError(t, (<-settle(t.Context(), back, anyway)).err, "it was told to")
		back.Bye()
		again := f.Add(bears(f.Nodes[2].Name))
		require.ErrorAs(t, (<-settle(t.Context(), again, copied.claim("s1"))).err, &old, "now the other is the old one")
		require.NoError(t, (<-settle(t.Context(), f.Add(bears(f.Nodes[1].Name)), original.claim("s1"))).err)
	})
}

// TestCopyOfARunningStore holds that a copy that was made while the node ran is refused once the node has closed the store:
// what was written after the copy was made is not in there.
func TestCopyOfARunningStore(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		var original disk
		owner := f.Nodes[1]
		require.NoError(t, (<-settle(t.Context(), owner, original.claim("s1"))).err)
		copied := original
		require.NoError(t, owner.Close(t.Context(), original.keep))
		owner.Bye()
		var old *cluster.OldStoreError
		require.ErrorAs(t, (<-settle(t.Context(), f.Nodes[2], copied.claim("s1"))).err, &old)
		again := f.Add(bears(owner.Name))
		require.NoError(t, (<-settle(t.Context(), again, original.claim("s1"))).err)

		full := errors.New("no space left")
		require.ErrorIs(t, again.Close(t.Context(), func(context.Context, cluster.Home) error { return full }), full)
		require.NoError(t, again.Close(t.Context(), original.keep), "it is no home any more")
		again.Bye()
		require.NoError(t, (<-settle(t.Context(), f.Add(bears(owner.Name)), original.claim("s1"))).err)
	})
}

// TestCrashBetweenKeepingAndTelling holds that a store that knows of a turn nobody else has heard of is no old copy, and
// that a home its store could not keep is none.
func TestCrashBetweenKeepingAndTelling(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(2)
		var d disk
		require.NoError(t, (<-settle(t.Context(), f.Nodes[1], d.claim("s1"))).err)
		full := errors.New("no space left")
		c := d.claim("s1")
		c.Keep = func(context.Context, cluster.Home) error { return full }
		require.ErrorIs(t, (<-settle(t.Context(), f.Nodes[1], c)).err, full)
		require.Equal(t, d.kept, f.Nodes[1].Homes()[0])

		d.marks = append(d.marks, clustertest.Boot())
		require.NoError(t, (<-settle(t.Context(), f.Nodes[1], d.claim("s1"))).err)
	})
}

// TestForgedHomes holds that what comes without this cluster's id changes no home.
func TestForgedHomes(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		var d disk
		require.NoError(t, (<-settle(t.Context(), f.Nodes[1], d.claim("s1"))).err)
		f.Await(2*time.Second, "home known to all", func() bool { return len(f.Nodes[0].Homes()) == 1 && len(f.Nodes[2].Homes()) == 1 })
		forged := d.kept
		forged.StoreID, forged.Epoch, forged.Mark, forged.Node, forged.Boot = "s0", math.MaxUint32, "m", "evil", clustertest.Boot()
		for _, n := range f.Nodes {
			n.Hear(cluster.Told("", "evil~"+forged.Boot, forged))
			n.Hear(cluster.Told("another", "evil~"+forged.Boot, forged))
		}
		<-time.After(30 * time.Second)
		requireNoFault(t, f.Nodes...)
		for _, n := range f.Nodes {
			require.Equal(t, []cluster.Home{d.kept}, n.Homes())
		}
		require.InDelta(t, 1, f.Nodes[0].Metrics().Refused("other_cluster"), 0)
	})
}

// TestHomeIsReasserted holds that a copy under this node's name that was a home for a moment does not stay one.
func TestHomeIsReasserted(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		var d disk
		owner := f.Nodes[1]
		require.NoError(t, (<-settle(t.Context(), owner, d.claim("s1"))).err)
		f.Await(2*time.Second, "home known to all", func() bool { return len(f.Nodes[0].Homes()) == 1 && len(f.Nodes[2].Homes()) == 1 })
		copied := d.kept
		copied.Boot, copied.Turn, copied.Addr = clustertest.Boot(), copied.Turn+1, "10.1.9.9:7947"
		f.Nodes[2].Hear(cluster.Told(owner.View().Cluster, "x~"+copied.Boot, copied))
		require.Equal(t, copied.Boot, f.Nodes[2].Homes()[0].Boot, "the copy is known, until the owner has heard of it")
		f.Await(20*time.Second, "the owner known again", func() bool {
			return f.Nodes[0].Homes()[0].Boot == owner.Boot && f.Nodes[2].Homes()[0].Boot == owner.Boot
		})
		requireNoFault(t, owner)
		owner.Bye()
		again := f.Add(bears(owner.Name))
		require.NoError(t, (<-settle(t.Context(), again, d.claim("s1"))).err)
	})
}

// TestTurnsTellNothing: how often a copy ran says nothing of what is in it. One that ran alone while another was in the
// cluster is old all the same, and one that the cluster has seen more often than it knows of is not.
func TestTurnsTellNothing(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(2)
		var original disk
		require.NoError(t, (<-settle(t.Context(), f.Nodes[1], original.claim("s1"))).err)
		copied := original
		f.Nodes[1].Bye()
		second := f.Add(nil)
		require.NoError(t, (<-settle(t.Context(), second, copied.claim("s1"))).err)
		second.Bye()
		for range 3 {
			alone := f.Add(func(p *cluster.Params) {
				p.Node, p.Seeds, p.ID = f.Nodes[1].Name, []string{"10.9.9.9"}, clustertest.NewID(f.Nodes[0].View().Cluster)
			})
			require.NoError(t, (<-settle(t.Context(), alone, original.claim("s1"))).err)
			alone.Bye()
		}
		var old *cluster.OldStoreError
		require.ErrorAs(t, (<-settle(t.Context(), f.Add(bears(f.Nodes[1].Name)), original.claim("s1"))).err, &old)

		told := copied.kept
		told.Turn += 10
		f.Nodes[0].Hear(cluster.Told(f.Nodes[0].View().Cluster, "x~y", told))
		require.NoError(t, (<-settle(t.Context(), f.Add(bears(second.Name)), copied.claim("s1"))).err)
	})
}

// TestReplacedStoreWinsAgainstMemory: a store that was put in the place of another where nobody knew of that is not lost when
// somebody comes who remembers it.
func TestReplacedStoreWinsAgainstMemory(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		folder, id := t.TempDir(), clustertest.NewID("")
		first := f.Add(func(p *cluster.Params) { p.ID = id })
		member := f.Add(func(p *cluster.Params) { p.Folder = folder })
		f.AwaitAll(f.Nodes, 5*time.Second, "two", sees(2))
		require.NoError(t, (<-settle(t.Context(), first, order("s1"))).err)
		<-time.After(5 * time.Second)
		member.Bye()
		first.Bye()
		remembered, err := os.ReadFile(filepath.Join(folder, "homes.json"))
		require.NoError(t, err)
		require.Contains(t, string(remembered), `"s1"`)

		restored := order("s2")
		restored.NewStore = true
		again := f.Add(func(p *cluster.Params) { p.ID, p.Seeds = id, nil })
		require.NoError(t, (<-settle(t.Context(), again, restored)).err)
		back := f.Add(func(p *cluster.Params) { p.Folder, p.ID, p.Seeds = folder, id, []string{again.Gossip} })
		f.Await(10*time.Second, "the new store known", func() bool { return back.Homes()[0].StoreID == "s2" })
		<-time.After(20 * time.Second)
		requireNoFault(t, again, back)
	})
}

// TestRestoredStoreWithDeadSeeds starts as soon as one that was a home before.
func TestRestoredStoreWithDeadSeeds(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		n := f.Add(func(p *cluster.Params) { p.Seeds, p.ID = []string{"10.9.9.9"}, clustertest.NewID("c") })
		restored := order("s2")
		restored.NewStore = true
		got := <-settle(t.Context(), n, restored)
		require.NoError(t, got.err)
		require.Equal(t, cluster.Patience, got.took)
	})
}

// TestBlankPeerRemembersNothing: a store that was never a home waits for a peer that could know another one.
func TestBlankPeerRemembersNothing(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		id := clustertest.NewID("known")
		blank := f.Add(func(p *cluster.Params) { p.Seeds = []string{"10.9.9.9"} })
		fresh := f.Add(func(p *cluster.Params) { p.ID, p.Seeds = id, []string{blank.Gossip} })
		claim := settle(t.Context(), fresh, order("s1"))
		got := <-claim
		require.NoError(t, got.err, "the other has come into this cluster, and said so")
		f.Await(5*time.Second, "known", func() bool { return len(blank.Homes()) == 1 })
		require.Equal(t, "known", blank.View().Cluster)
	})
}

// TestCopyOfAFolderDoesNotServe holds that a node without seeds asks those who were there before it takes a home: the
// folder that it was given may be a copy, and its original alive, whatever the copy's name.
func TestCopyOfAFolderDoesNotServe(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		folder := t.TempDir()
		f.Start(1)
		id := clustertest.NewID(f.Nodes[0].View().Cluster)
		was := f.Add(func(p *cluster.Params) { p.Folder, p.ID, p.Node = folder, id, "data" })
		gone := f.Start(8)
		f.AwaitAll(f.Nodes, 5*time.Second, "ten", sees(10))
		var d disk
		require.NoError(t, (<-settle(t.Context(), was, d.claim("s1"))).err)
		<-time.After(5 * time.Second)
		copied, copy := d, t.TempDir()
		require.NoError(t, os.CopyFS(copy, os.DirFS(folder)))
		for _, n := range gone {
			n.Crash() // of all it remembers only one answers
		}
		<-time.After(30 * time.Second)

		double := f.Add(func(p *cluster.Params) { p.Folder, p.ID, p.Node, p.Seeds = copy, id, "data", nil })
		claim := settle(t.Context(), double, copied.claim("s1"))
		var twin *cluster.DoubleError
		require.ErrorAs(t, fault(f, double, 10*time.Second), &twin)
		double.Crash()
		require.ErrorIs(t, (<-claim).err, cluster.ErrStopped)

		other := f.Add(func(p *cluster.Params) {
			p.Folder, p.Others, p.ID, p.Node, p.Seeds = t.TempDir(), []string{copy}, id, "copy", nil
		})
		var taken *cluster.TakenError
		require.ErrorAs(t, (<-settle(t.Context(), other, copied.claim("s1"))).err, &taken)
		other.Crash()
		require.Equal(t, d.kept, copied.kept, "it was no home for a moment")
		<-time.After(20 * time.Second)
		requireNoFault(t, was)
	})
}
