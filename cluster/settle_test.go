package cluster_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

type outcome struct {
	home cluster.Home
	err  error
	took time.Duration
}

// settle claims in the background.
func settle(ctx context.Context, n *clustertest.Node, claim cluster.Claim) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		start := time.Now()
		h, err := n.Settle(ctx, claim)
		done <- outcome{h, err, time.Since(start)}
	}()
	return done
}

func order(store string) cluster.Claim { return cluster.Claim{Module: "order", StoreID: store} }

func TestSettleAlone(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		n := f.Start(1)[0]
		got := <-settle(t.Context(), n, order("s1"))
		require.NoError(t, got.err)
		require.Zero(t, got.took, "nobody to wait for")
		require.Equal(t, n.Boot, got.home.Boot)
		require.Equal(t, []cluster.Home{got.home}, n.Homes())
	})
}

// TestSettleWaitsForAPeer holds that a store that was never a home is not settled before somebody was asked, and one that
// was is settled after 15 s.
func TestSettleWaitsForAPeer(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		n := f.Add(func(p *cluster.Params) { p.Seeds = []string{"10.9.9.9"} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		got := <-settle(ctx, n, order("s1"))
		require.ErrorIs(t, got.err, context.DeadlineExceeded)
		require.Empty(t, n.Homes())

		was := order("s1")
		was.Settled = time.Now().Add(-time.Hour).UTC().Truncate(time.Microsecond)
		got = <-settle(t.Context(), n, was)
		require.NoError(t, got.err)
		require.Equal(t, cluster.Patience, got.took)
		require.Equal(t, was.Settled, got.home.Settled)
	})
}

// TestHomeIsTaken holds that a second home is refused by name while the first is alive, and its store even afterwards.
func TestHomeIsTaken(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(4)
		first, second := f.Nodes[1], f.Nodes[2]
		won := <-settle(t.Context(), first, order("s1"))
		require.NoError(t, won.err)
		f.Await(2*time.Second, "home known to all", func() bool { return len(f.Nodes[3].Homes()) == 1 && len(second.Homes()) == 1 })

		got := <-settle(t.Context(), second, order("s2"))
		var taken *cluster.TakenError
		require.ErrorAs(t, got.err, &taken)
		require.Equal(t, won.home, taken.Winner)
		require.ErrorContains(t, got.err, first.Name)

		// The same store, say on a shared folder: it is waited for.
		got = <-settle(t.Context(), second, order("s1"))
		require.ErrorAs(t, got.err, &taken)
		require.Equal(t, cluster.Patience, got.took)

		// A new store does not displace a home that lives.
		fresh := order("s2")
		fresh.NewStore = true
		got = <-settle(t.Context(), second, fresh)
		require.ErrorAs(t, got.err, &taken)

		// Once the first is gone its store is still the one that is known.
		waits := settle(t.Context(), second, order("s1"))
		first.Crash()
		got = <-waits
		require.NoError(t, got.err)
		require.Equal(t, won.home.Settled, got.home.Settled, "the age of a store stays")
		t.Logf("successor settled %s after the crash", got.took)
		require.Less(t, got.took, 10*time.Second)

		third := f.Nodes[3]
		f.Await(2*time.Second, "successor known", func() bool { return third.Homes()[0].Node == second.Name })
		second.Crash()
		f.AwaitAll(f.Nodes[3:], 10*time.Second, "crash seen", sees(2))
		got = <-settle(t.Context(), third, order("s3"))
		var other *cluster.OtherStoreError
		require.ErrorAs(t, got.err, &other)
		require.Equal(t, "s1", other.Known.StoreID)
		require.Equal(t, second.Name, other.Known.Node)

		fresh = order("s3")
		fresh.NewStore = true
		got = <-settle(t.Context(), third, fresh)
		require.NoError(t, got.err)
		require.Equal(t, uint32(time.Now().Unix()), got.home.Epoch)
		f.Await(2*time.Second, "new store known", func() bool { return f.Nodes[0].Homes()[0].StoreID == "s3" })
	})
}

// TestTwoClaimAtOnce holds that of stores that are claimed for the first time at the same moment one wins.
func TestTwoClaimAtOnce(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(10)
		f.AwaitAll(f.Nodes, 5*time.Second, "full view", sees(10))
		ways := []<-chan outcome{settle(t.Context(), f.Nodes[7], order("s7")), settle(t.Context(), f.Nodes[3], order("s3")), settle(t.Context(), f.Nodes[5], order("s5"))}
		var won []cluster.Home
		for _, w := range ways {
			if got := <-w; got.err == nil {
				won = append(won, got.home)
			} else {
				var taken *cluster.TakenError
				require.ErrorAs(t, got.err, &taken)
			}
		}
		require.Len(t, won, 1)
		f.Await(2*time.Second, "home known", func() bool { return len(f.Nodes[0].Homes()) == 1 })
		require.Equal(t, won, f.Nodes[0].Homes())
		requireNoFault(t, f.Nodes...)
	})
}

// TestHealedPartitionKeepsTheOlderHome holds that a home that was settled on the other side of a cut is lost when an older
// one comes to light, and only the younger is.
func TestHealedPartitionKeepsTheOlderHome(t *testing.T) {
	for _, stores := range [][2]string{{"s1", "s2"}, {"copied", "copied"}} {
		clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
			f.Start(6)
			f.AwaitAll(f.Nodes, 5*time.Second, "full view", sees(6))
			var side []string
			for _, n := range f.Nodes[3:] {
				side = append(side, n.Gossip)
			}
			f.Net.Cut(side...)
			f.AwaitAll(f.Nodes, 20*time.Second, "cut", sees(3))
			old := <-settle(t.Context(), f.Nodes[1], order(stores[0]))
			require.NoError(t, old.err)
			young := <-settle(t.Context(), f.Nodes[4], order(stores[1]))
			require.NoError(t, young.err)

			f.Net.Heal()
			var taken *cluster.TakenError
			require.ErrorAs(t, fault(f, f.Nodes[4], 15*time.Second), &taken)
			require.Equal(t, f.Nodes[1].Name, taken.Winner.Node)
			f.Nodes[4].Crash()
			<-time.After(30 * time.Second)
			requireNoFault(t, f.Nodes...)
			for _, n := range []*clustertest.Node{f.Nodes[0], f.Nodes[5]} {
				require.Equal(t, f.Nodes[1].Name, n.Homes()[0].Node)
			}
		})
	}
}

// TestHomesAreRemembered holds that a node knows from its own disk which store a module had.
func TestHomesAreRemembered(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		folder, id := t.TempDir(), clustertest.NewID("")
		keep := func(p *cluster.Params) { p.Folder, p.ID, p.Seeds, p.Node = folder, id, nil, "alone" }
		n := f.Add(keep)
		first := <-settle(t.Context(), n, order("s1"))
		require.NoError(t, first.err)
		n.Bye()

		n = f.Add(keep)
		require.Equal(t, []cluster.Home{first.home}, n.Homes())
		got := <-settle(t.Context(), n, order("s2"))
		var other *cluster.OtherStoreError
		require.ErrorAs(t, got.err, &other)
		got = <-settle(t.Context(), n, order("s1"))
		require.NoError(t, got.err)
		require.Equal(t, first.home.Settled, got.home.Settled)
		n.Bye()

		require.NoError(t, os.WriteFile(filepath.Join(folder, "homes.json"), []byte("{"), 0o600))
		damaged, err := f.New(keep)
		require.NoError(t, err)
		require.ErrorContains(t, damaged.Start(t.Context()), "homes.json")
	})
}
