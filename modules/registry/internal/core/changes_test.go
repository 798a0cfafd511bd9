package core_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/core"
)

// poll asks for changes and says how long the answer took.
func poll(t *testing.T, c *core.Core, r registry.ChangesRequest) (registry.ChangesReply, time.Duration) {
	began := time.Now()
	reply, err := c.Changes(t.Context(), r)
	require.NoError(t, err)
	return reply, time.Since(began)
}

func TestChangesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		none, took := poll(t, a, registry.ChangesRequest{Wait: 5000})
		require.Zero(t, took, "there is nothing, which is news")
		require.True(t, none.Snapshot)
		require.True(t, none.Learning)
		same, took := poll(t, a, registry.ChangesRequest{Boot: "1", Seq: none.Seq, Wait: 5000})
		require.Equal(t, 5*time.Second, took)
		require.Equal(t, registry.ChangesReply{Node: "a", Boot: "1", Seq: none.Seq, Learning: true}, same)
		_, took = poll(t, a, registry.ChangesRequest{Boot: "1", Seq: same.Seq, Wait: 1 << 30})
		require.Equal(t, registry.MaxWait*time.Millisecond, took, "nobody waits for longer")
		for _, wait := range []int{0, -5} {
			_, took = poll(t, a, registry.ChangesRequest{Boot: "1", Seq: same.Seq, Wait: wait})
			require.Zero(t, took)
		}
		for _, mark := range []registry.ChangesRequest{{Boot: "0", Seq: same.Seq}, {Boot: "1", Seq: 1 << 40}, {Seq: same.Seq}} {
			mark.Wait = 5000
			all, took := poll(t, a, mark)
			require.Zero(t, took)
			require.True(t, all.Snapshot, "a mark that is not of this run")
		}
	})
}

func TestChangesWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		put(t, a, 0)
		mark, _ := poll(t, a, registry.ChangesRequest{})
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				reply, took := poll(t, a, registry.ChangesRequest{Boot: "1", Seq: mark.Seq, Wait: 20_000})
				require.Len(t, reply.Changes, 2, "what comes together goes together")
				require.Equal(t, mark.Seq+2, reply.Seq)
				require.InDelta(t, 5, took.Seconds(), .1)
			})
		}
		pass(5 * time.Second)
		put(t, a, 1)
		pass(20 * time.Millisecond)
		put(t, a, 2)
		group.Wait()
	})
}

func TestChangesEndWithTheirCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		put(t, a, 0)
		mark, _ := poll(t, a, registry.ChangesRequest{})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := a.Changes(ctx, registry.ChangesRequest{Boot: "1", Seq: mark.Seq, Wait: 20_000})
		require.ErrorIs(t, err, context.Canceled)

		time.AfterFunc(time.Second, func() { f.stop("a") })
		reply, took := poll(t, a, registry.ChangesRequest{Boot: "1", Seq: mark.Seq, Wait: 20_000})
		require.Equal(t, time.Second, took, "a node that stops keeps nobody waiting")
		require.Equal(t, mark.Seq, reply.Seq)
		require.Empty(t, reply.Changes)
		synctest.Wait()
	})
}

// TestChangesHavePages holds that a snapshot of many comes in parts that together are all there is, and so does what follows.
func TestChangesHavePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t)
		defer f.stopAll()
		a := f.start("a", "1")
		put(t, a, numbers(1100)...)
		seen := make(map[string]bool)
		var parts int
		all := func(r registry.ChangesRequest) registry.ChangesRequest {
			clear(seen)
			for parts = 1; ; parts++ {
				reply, took := poll(t, a, r)
				require.Zero(t, took)
				require.Equal(t, parts == 1 && r.Boot == "", reply.Snapshot)
				require.LessOrEqual(t, len(reply.Changes), 250)
				for _, c := range reply.Changes {
					seen[c.ID] = c.Instance != nil
				}
				r = registry.ChangesRequest{Boot: reply.Boot, Seq: reply.Seq, Wait: 5000}
				if !reply.More {
					return r
				}
			}
		}
		mark := all(registry.ChangesRequest{Wait: 5000})
		require.Equal(t, 5, parts)
		require.Len(t, seen, 1100)
		for _, id := range []string{"0000", "0500"} {
			_, err := a.Drop(admin(t), registry.DropRequest{Service: "shop", ID: id})
			require.NoError(t, err)
		}
		put(t, a, 2000)
		all(mark)
		require.Equal(t, map[string]bool{"0000": false, "0500": false, "2000": true}, seen)
	})
}
