package core_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/core"
)

func pass(d time.Duration) { <-time.After(d) }

// TestStartLearns holds that a node knows what the others do before it is ready, and does not say that it is unsure.
func TestStartLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		require.True(t, a.State().Learning, "nobody was there")
		put(t, a, numbers(600)...)
		pass(31 * time.Second / 2)
		put(t, a, numbers(600)...)
		pass(31 * time.Second / 2)
		require.False(t, a.State().Learning, "after a TTL it has heard of everybody")

		began := time.Now()
		b := f.start("b", "1")
		require.Zero(t, time.Since(began))
		require.Equal(t, map[string]int{"ready": 600}, leased(t, b))
		require.False(t, b.State().Learning)
		c := f.start("c", "1")
		put(t, c, 1000)
		pass(time.Second)
		f.stop("c")
		require.Equal(t, 601, leased(t, f.start("c", "2"))["ready"])
		for _, name := range []string{"a", "b", "c"} {
			require.Equal(t, 601, leased(t, f.core(name))["ready"], name)
		}
	})
}

// TestLearningOfWhoIsLearning holds that a node that knows little does not make another one sure.
func TestLearningOfWhoIsLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		put(t, a, 1)
		began := time.Now()
		b := f.start("b", "1")
		require.Less(t, time.Since(began), 100*time.Millisecond, "there is nothing to wait for")
		require.True(t, b.State().Learning)
		pass(time.Second)
		require.Equal(t, map[string]int{"ready": 1}, leased(t, b), "what there is to know, it is told")
		reply, err := b.Changes(t.Context(), registry.ChangesRequest{})
		require.NoError(t, err)
		require.True(t, reply.Learning)
		require.Len(t, reply.Changes, 1)
		pass(31 * time.Second)
		require.False(t, b.State().Learning)
	})
}

// TestStartDoesNotWaitForEver holds that a node that finds nobody starts after a while, and says that it is unsure.
func TestStartDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		f.seeking = true
		began := time.Now()
		a := f.start("a", "1")
		require.Equal(t, 2*time.Second, time.Since(began))
		require.True(t, a.State().Learning)
	})
}

// TestGuardHolds has a thousand leases fall silent at once: none is missing, somebody is told loudly, and Release ends them.
func TestGuardHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		b := f.start("b", "1")
		for i := range 1000 {
			put(t, a, i)
			pass(10 * time.Millisecond)
		}
		for range 100 {
			pass(time.Second)
			for _, c := range []map[string]int{leased(t, a), leased(t, b)} {
				require.Equal(t, 1000, c["ready"]+c["overdue"])
			}
		}
		require.Equal(t, map[string]int{"overdue": 1000}, leased(t, a))
		require.True(t, a.State().Guard)
		require.Contains(t, f.logged(), "level=ERROR")
		require.Contains(t, f.logged(), "REGISTRY GUARD HOLDS")

		mark, err := b.Changes(t.Context(), registry.ChangesRequest{})
		require.NoError(t, err)
		require.True(t, mark.More)
		put(t, a, 7)
		pass(time.Second)
		require.Equal(t, map[string]int{"overdue": 999, "ready": 1}, leased(t, b))
		require.Equal(t, core.Released{Ended: map[string]int{"a": 999, "b": 999}, Unasked: map[string]string{}}, a.Release(t.Context()))
		require.Contains(t, f.logged(), "registry guard has ended")
		pass(time.Second)
		for _, at := range []*core.Core{a, b} {
			require.Equal(t, map[string]int{"ready": 1}, leased(t, at))
			require.False(t, at.State().Guard)
		}
	})
}

// TestModulesComeAndGo holds that what gossip tells is in lists and changes soon.
func TestModulesComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		f.set("user", module("n~1"))
		a := f.start("a", "1")
		mark, err := a.Changes(t.Context(), registry.ChangesRequest{})
		require.NoError(t, err)
		require.Len(t, mark.Changes, 1)
		next := func() []registry.Change {
			began := time.Now()
			mark, err = a.Changes(t.Context(), registry.ChangesRequest{Boot: mark.Boot, Seq: mark.Seq, Wait: 5000})
			require.NoError(t, err)
			require.False(t, mark.Snapshot)
			require.LessOrEqual(t, time.Since(began), 100*time.Millisecond)
			return mark.Changes
		}
		f.set("user", module("n~1"), module("m~1"))
		require.Equal(t, "m~1", next()[0].ID)
		starting := module("m~1")
		starting.State = "starting"
		f.set("user", module("n~1"), starting)
		require.Equal(t, "starting", next()[0].Instance.State)
		f.set("user", module("m~2"))
		gone := make(map[string]bool)
		for _, c := range next() {
			gone[c.ID] = c.Instance == nil
		}
		require.Equal(t, map[string]bool{"n~1": true, "m~1": true, "m~2": false}, gone)
	})
}

// TestGoodbyeToAnother has a lease taken at one node and given back at another, which has not heard of it yet.
func TestGoodbyeToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a, b, c := f.start("a", "1"), f.start("b", "1"), f.start("c", "1")
		pass(time.Second)
		put(t, a, 7)
		reply, err := b.Drop(admin(t), registry.DropRequest{Service: "shop", ID: "0007"})
		require.NoError(t, err)
		require.True(t, reply.Was)
		pass(time.Second)
		for _, at := range []*core.Core{a, b, c} {
			require.Zero(t, at.State().Leases)
		}
		reply, err = b.Drop(admin(t), registry.DropRequest{Service: "shop", ID: "0007"})
		require.NoError(t, err)
		require.False(t, reply.Was)
		f.stop("a") // who cannot be asked is no error
		reply, err = b.Drop(admin(t), registry.DropRequest{Service: "shop", ID: "none"})
		require.NoError(t, err)
		require.False(t, reply.Was)
	})
}

// TestEndedIsSaid holds that the log names who fell silent.
func TestEndedIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		put(t, f.start("a", "1"), 1, 2)
		pass(40 * time.Second)
		f.mu.Lock()
		defer f.mu.Unlock()
		require.Contains(t, f.log.String(), `msg="leases ended, because nobody renewed them" instances="[shop/0001 shop/0002]" all=2`)
	})
}
