package cluster_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

// disk is what a store keeps; claim makes a claim with it that keeps what comes of it.
type disk struct{ kept cluster.Home }

func (d *disk) claim(store string) cluster.Claim {
	c := order(store)
	c.Settled, c.Turn, c.Boot = d.kept.Settled, d.kept.Turn, d.kept.Boot
	c.Keep = func(_ context.Context, h cluster.Home) error { d.kept = h; return nil }
	return c
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

		d.kept.Turn, d.kept.Boot = d.kept.Turn+1, clustertest.Boot()
		got := <-settle(t.Context(), f.Nodes[1], d.claim("s1"))
		require.NoError(t, got.err)
		require.Greater(t, got.home.Turn, uint32(2))
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
		forged.StoreID, forged.Epoch, forged.Node, forged.Boot = "s0", math.MaxUint32, "evil", clustertest.Boot()
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
		f.Await(2*time.Second, "the copy known", func() bool { return f.Nodes[0].Homes()[0].Boot == copied.Boot })
		f.Await(20*time.Second, "the owner known again", func() bool {
			return f.Nodes[0].Homes()[0].Boot == owner.Boot && f.Nodes[2].Homes()[0].Boot == owner.Boot
		})
		requireNoFault(t, owner)
		owner.Bye()
		again := f.Add(bears(owner.Name))
		require.NoError(t, (<-settle(t.Context(), again, d.claim("s1"))).err, "its store was not told of the turn that won")
	})
}

// TestCopyOfAFolderDoesNotServe holds that a node without seeds asks those who were there before it takes a home: the
// folder that it was given may be a copy, and its original alive.
func TestCopyOfAFolderDoesNotServe(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		folder := t.TempDir()
		f.Start(1)
		id := clustertest.NewID(f.Nodes[0].View().Cluster)
		was := f.Add(func(p *cluster.Params) { p.Folder, p.ID, p.Node = folder, id, "data" })
		f.AwaitAll(f.Nodes, 5*time.Second, "two", sees(2))
		var d disk
		require.NoError(t, (<-settle(t.Context(), was, d.claim("s1"))).err)
		<-time.After(5 * time.Second)
		copied := d

		for _, name := range []string{"data", "copy"} {
			double := f.Add(func(p *cluster.Params) { p.Folder, p.ID, p.Node, p.Seeds = folder, id, name, nil })
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			require.Error(t, (<-settle(ctx, double, copied.claim("s1"))).err, name)
			cancel()
			require.Equal(t, d.kept, copied.kept, "it was no home for a moment")
			double.Crash()
			<-time.After(20 * time.Second)
		}
		requireNoFault(t, was)
	})
}
