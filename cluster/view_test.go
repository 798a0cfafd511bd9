package cluster_test

import (
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/cluster"
)

func anyRun() *rapid.Generator[cluster.Run] {
	return rapid.Custom(func(t *rapid.T) cluster.Run {
		return cluster.Run{
			Node:    rapid.SampledFrom([]string{"a", "b", "me"}).Draw(t, "node"),
			Boot:    rapid.SampledFrom([]string{"b1", "b2", "b3"}).Draw(t, "boot"),
			Claimed: rapid.Bool().Draw(t, "claimed"),
			State:   cluster.Ready,
		}
	})
}

// TestViewOfRoster holds that a view says what is in the roster, however it came there: each name once, the run that has
// claimed the name before others, the newer before the older, and always this very run of this node.
func TestViewOfRoster(t *testing.T) {
	t.Parallel()
	self := cluster.Run{Node: "me", Boot: "b2", State: cluster.Ready}
	rapid.Check(t, func(t *rapid.T) {
		// One run has one record: of several the last drawn counts, so later ones of a run are left out here.
		runs := rapid.SliceOfNDistinct(anyRun(), 0, 8, func(r cluster.Run) string { return r.Node + r.Boot }).Draw(t, "runs")
		gone := rapid.SliceOfN(anyRun(), 0, 3).Draw(t, "gone")
		order := rapid.Permutation(runs).Draw(t, "order")
		view := func(runs []cluster.Run, times int) *cluster.View {
			return cluster.Roster(self, []string{"work"}, func(put, drop func(cluster.Run)) {
				for range times {
					for _, r := range runs {
						put(r)
					}
				}
				for _, g := range gone {
					drop(g)
				}
			})
		}
		v := view(runs, 1)
		require.Equal(t, v, view(order, 2))

		best := map[string]cluster.Run{}
		for _, r := range runs {
			dropped := false
			for _, g := range gone {
				dropped = dropped || g.Node == r.Node && g.Boot == r.Boot
			}
			old, ok := best[r.Node]
			if !dropped && (!ok || r.Claimed && !old.Claimed || r.Claimed == old.Claimed && r.Boot > old.Boot) {
				best[r.Node] = r
			}
		}
		best["me"] = self
		require.Len(t, v.Nodes, len(best))
		for i, n := range v.Nodes {
			require.Equal(t, best[n.Name].Boot, n.Boot)
			require.True(t, i == 0 || v.Nodes[i-1].Name < n.Name, "sorted")
			found, ok := v.Node(n.Name)
			require.True(t, ok)
			require.Equal(t, n, found)
		}
	})
}

func TestUnknownModuleIsShownByHash(t *testing.T) {
	t.Parallel()
	v := cluster.Roster(cluster.Run{Node: "me", Boot: "b"}, nil, func(_, _ func(cluster.Run)) {})
	require.Regexp(t, "^#[0-9a-f]{8}$", v.Self.Modules[0].Name)
}

func node(name string, state cluster.State, module cluster.State) cluster.Node {
	return cluster.Node{Name: name, Boot: "b", Addr: name + ":1", State: state, Modules: []cluster.ModuleState{{Name: "work", State: module}}}
}

func TestInstances(t *testing.T) {
	t.Parallel()
	v := &cluster.View{Nodes: []cluster.Node{
		node("a", cluster.Ready, cluster.Ready), node("b", cluster.Draining, cluster.Ready), node("c", cluster.Starting, cluster.Ready),
		node("d", cluster.Ready, cluster.Starting), node("e", cluster.Ready, cluster.Draining), node("f", cluster.Draining, cluster.Starting),
	}, Stale: []cluster.Node{node("g", cluster.Ready, cluster.Ready)}}
	var got []string
	for _, i := range v.Instances("work") {
		got = append(got, i.String())
	}
	require.Equal(t, []string{"a~b@a:1;ready", "b~b@b:1;draining", "e~b@e:1;draining", "g~b@g:1;ready"}, got)
	require.Empty(t, v.Instances("other"))
	_, ok := v.Node("zz")
	require.False(t, ok)
}

// TestSlowWatcher holds that a watcher that does not read gets the newest view when it does, and stops nobody.
func TestSlowWatcher(t *testing.T) {
	t.Parallel()
	f := cluster.NewFeed()
	slow, cancel := f.Watch()
	for _, id := range []string{"a", "b", "c"} {
		require.True(t, f.Publish(&cluster.View{Cluster: id}))
	}
	require.False(t, f.Publish(&cluster.View{Cluster: "c"}), "says the same")
	v := <-slow
	require.Equal(t, "c", v.Cluster)
	require.Equal(t, uint64(3), v.Version)
	cancel()
	cancel()
	_, open := <-slow
	require.False(t, open)

	other, _ := f.Watch()
	<-other
	f.Close()
	_, open = <-other
	require.False(t, open)
	require.False(t, f.Publish(&cluster.View{}))
}

func TestInstancer(t *testing.T) {
	t.Parallel()
	f := cluster.NewFeed()
	defer f.Close()
	i := f.Instancer("work")
	reads, never := make(chan sd.Event), make(chan sd.Event)
	i.Register(never) // nobody reads it
	i.Register(reads)
	i.Register(reads) // counts once
	require.Empty(t, (<-reads).Instances)

	f.Publish(&cluster.View{Nodes: []cluster.Node{node("a", cluster.Ready, cluster.Ready)}})
	require.Equal(t, []string{"a~b@a:1;ready"}, (<-reads).Instances)
	f.Publish(&cluster.View{Cluster: "same instances", Nodes: []cluster.Node{node("a", cluster.Ready, cluster.Ready)}})
	f.Publish(&cluster.View{Nodes: []cluster.Node{node("b", cluster.Ready, cluster.Ready)}})
	require.Equal(t, []string{"b~b@b:1;ready"}, (<-reads).Instances)

	i.Deregister(never)
	i.Deregister(reads)
	i.Deregister(reads)
	close(never) // as go-kit does; a late send would panic
	close(reads)
	f.Publish(&cluster.View{})
	i.Stop()
}

func TestStale(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	me := node("me", cluster.Ready, cluster.Ready)
	with := func(others ...cluster.Node) *cluster.View {
		return &cluster.View{Self: me, Nodes: append([]cluster.Node{me}, others...)}
	}
	a, b, leaver := node("na", cluster.Ready, cluster.Ready), node("nb", cluster.Ready, cluster.Ready), node("nc", cluster.Draining, cluster.Ready)
	mark := cluster.Mark(time.Minute)

	v := with(a)
	mark(with(a, b, leaver), v, now)
	require.Empty(t, v.Stale, "a peer is left, which says that nb is gone")
	before, now := v, now.Add(2*time.Second)
	v = with()
	left := mark(before, v, now)
	require.Equal(t, []cluster.Node{a, b}, v.Stale, "all are lost, the one that left is not offered")
	require.Equal(t, time.Minute, left)

	// The same node with another boot comes back: what it was is offered no more.
	back := a
	back.Boot = "b2"
	again := with(back)
	mark(v, again, now.Add(time.Second))
	require.Empty(t, again.Stale)
	alone := with()
	mark(again, alone, now.Add(2*time.Second))
	require.Equal(t, []cluster.Node{back, b}, alone.Stale)
	later := with()
	mark(alone, later, now.Add(2*time.Minute))
	require.Empty(t, later.Stale, "kept for MaxStale only")
}
