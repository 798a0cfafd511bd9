package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

func bears(name string) func(*cluster.Params) {
	return func(p *cluster.Params) { p.Node = name }
}

func fault(f *clustertest.Fleet, n *clustertest.Node, within time.Duration) (err error) {
	f.Await(within, "a fault", func() bool {
		select {
		case err = <-n.Fault():
			return true
		default:
			return false
		}
	})
	return err
}

func requireNoFault(t *testing.T, nodes ...*clustertest.Node) {
	t.Helper()
	for _, n := range nodes {
		select {
		case err := <-n.Fault():
			require.NoError(t, err, n.Name)
		default:
		}
	}
}

// TestDoubleExits holds that of two live nodes of one name the newcomer goes, and that others never see it.
func TestDoubleExits(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(3)
		f.AwaitAll(f.Nodes, 5*time.Second, "three", sees(3))
		old := f.Nodes[1]
		double := f.Add(bears(old.Name))
		err := fault(f, double, 5*time.Second)
		require.Equal(t, &cluster.DoubleError{Node: old.Name, Boot: old.Boot, Addr: old.Addr}, err)
		require.ErrorContains(t, err, old.Addr)
		n, ok := f.Nodes[0].View().Node(old.Name)
		require.True(t, ok)
		require.Equal(t, old.Boot, n.Boot)
		double.Bye()
		<-time.After(30 * time.Second)
		requireNoFault(t, f.Nodes[:3]...)
		f.AwaitAll(f.Nodes[:3], time.Second, "still three", sees(3))
	})
}

// TestRestartSupersedes holds that a node that crashed and comes back under another address is replaced at once, not when
// gossip finds its old run dead.
func TestRestartSupersedes(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(5)
		f.AwaitAll(f.Nodes, 5*time.Second, "five", sees(5))
		old := f.Nodes[2]
		old.Crash()
		again := f.Add(bears(old.Name))
		rest := []*clustertest.Node{f.Nodes[0], f.Nodes[1], f.Nodes[3], f.Nodes[4], again}
		took := f.AwaitAll(rest, 12*time.Second, "new run seen", func(v *cluster.View) bool {
			n, ok := v.Node(old.Name)
			return ok && n.Boot == again.Boot && len(v.Nodes) == 5
		})
		t.Logf("replaced after %s", took)
		<-time.After(30 * time.Second)
		requireNoFault(t, rest...)
		f.AwaitAll(rest, time.Second, "five", sees(5))
	})
}

// TestClockWentBack holds that a restart whose boot is lower than that of the run before gets its name all the same, once
// gossip has found the other dead.
func TestClockWentBack(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		early := clustertest.Boot()
		f.Start(3)
		f.AwaitAll(f.Nodes, 5*time.Second, "three", sees(3))
		old := f.Nodes[1]
		old.Crash()
		again := f.Add(func(p *cluster.Params) { p.Node, p.Boot = old.Name, early })
		rest := []*clustertest.Node{f.Nodes[0], f.Nodes[2], again}
		f.AwaitAll(rest, 15*time.Second, "new run seen", func(v *cluster.View) bool {
			n, ok := v.Node(old.Name)
			return ok && n.Boot == again.Boot
		})
		<-time.After(20 * time.Second)
		requireNoFault(t, rest...)
	})
}

// TestTwinsAtOnce holds that of two nodes of one name that start together exactly one goes.
func TestTwinsAtOnce(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(2)
		a, b := f.Add(bears("twin")), f.Add(bears("twin"))
		faults := 0
		f.Await(20*time.Second, "a fault", func() bool {
			for _, n := range []*clustertest.Node{a, b} {
				select {
				case err := <-n.Fault():
					require.Error(t, err)
					faults++
					n.Crash()
				default:
				}
			}
			return faults > 0
		})
		<-time.After(30 * time.Second)
		requireNoFault(t, a, b)
		require.Equal(t, 1, faults)
		f.AwaitAll(f.Nodes[:2], time.Second, "one twin", sees(3))
	})
}

// TestProbeThatPanics holds that a probe that goes wrong counts as no answer and takes nobody down.
func TestProbeThatPanics(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(2)
		old := f.Nodes[1]
		f.AwaitAll(f.Nodes, 5*time.Second, "two", sees(2))
		old.Crash()
		again := f.Add(func(p *cluster.Params) {
			p.Node, p.Probe = old.Name, func(context.Context, string, string, string) bool { panic("probe") }
		})
		f.AwaitAll([]*clustertest.Node{f.Nodes[0]}, 12*time.Second, "new run", func(v *cluster.View) bool {
			n, ok := v.Node(old.Name)
			return ok && n.Boot == again.Boot
		})
	})
}

// TestWokenNodeIsSuperseded holds that a node that could not answer while its successor came exits when it is back.
func TestWokenNodeIsSuperseded(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		f.Start(4)
		f.AwaitAll(f.Nodes, 5*time.Second, "four", sees(4))
		old := f.Nodes[3]
		f.Net.Cut(old.Gossip)
		f.Net.Answer(old.Addr, "") // asleep
		again := f.Add(bears(old.Name))
		rest := []*clustertest.Node{f.Nodes[0], f.Nodes[1], f.Nodes[2], again}
		f.AwaitAll(rest, 20*time.Second, "successor", sees(4))
		f.Net.Answer(old.Addr, old.Name+"~"+old.Boot)
		f.Net.Heal()
		err := fault(f, old, 13*time.Second)
		require.Equal(t, &cluster.SupersededError{Node: old.Name, Boot: again.Boot, Addr: again.Addr}, err)
		requireNoFault(t, rest...)
	})
}
