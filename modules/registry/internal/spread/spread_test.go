package spread_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/registry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestNewsAreKnownWithinASecond holds for leases, heartbeats, other content and goodbyes, whoever takes them.
func TestNewsAreKnownWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b", "c")
		defer w.endAll()
		for i, n := range w.all() {
			id := fmt.Sprint(i)
			w.put(n, id, 1)
			pass(time.Second)
			for _, other := range w.all() {
				require.Contains(t, ids(other), id)
			}
		}
		b := w.all()[1]
		pass(20 * time.Second)
		_, err := b.table.Beat("shop", "0", "")
		require.NoError(t, err)
		pass(time.Second)
		for _, n := range w.all() {
			require.Greater(t, n.table.All()[0].Left, 28*time.Second, n.Node)
		}
		w.put(b, "1", 2)
		require.True(t, b.table.Drop("shop", "2"))
		pass(time.Second)
		w.agree()
		require.Equal(t, []string{"0", "1"}, ids(b))
		require.Equal(t, "2.0.0", known(b)[1].Registration.Version)
	})
}

// TestPartitionHeals holds that what was said on either side is known on both soon after, goodbyes too.
func TestPartitionHeals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b", "c")
		defer w.endAll()
		a, c := w.all()[0], w.all()[2]
		for _, id := range []string{"stays", "leaves"} {
			_, err := a.table.Put("shop", id, registry.Registration{Address: "10.0.0.1:80", TTL: 300})
			require.NoError(t, err)
		}
		pass(time.Second)
		w.agree()
		w.isolate("c", true)
		w.put(a, "here", 1)
		require.True(t, a.table.Drop("shop", "leaves"))
		for range 6 {
			w.put(a, "here", 1)
			w.put(c, "there", 1)
			pass(10 * time.Second)
		}
		require.Equal(t, []string{"here", "stays"}, ids(a))
		require.Equal(t, []string{"leaves", "stays", "there"}, ids(c))
		require.True(t, a.spreader.States()[1].Behind)
		w.isolate("c", false)
		pass(5 * time.Second)
		require.Equal(t, []string{"here", "stays", "there"}, ids(c))
		w.agree()
		require.False(t, a.spreader.States()[1].Behind)
	})
}

// TestRestart holds that a node that comes back with nothing knows everything when it has learnt, more pages than one too.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b", "c")
		defer w.endAll()
		a := w.all()[0]
		for i := range 700 {
			w.put(a, fmt.Sprint(i), 1)
		}
		pass(time.Second)
		w.end("b", true)
		w.put(a, "later", 1)
		b := w.start("b", 0)
		require.Len(t, ids(b), 701, "before anybody has told it anything")
		pass(time.Second)
		w.agree()
		w.put(b, "new", 1)
		pass(time.Second)
		w.agree()
		require.LessOrEqual(t, w.most, 250)
	})
}

// TestALostRecordIsAskedFor holds that a heartbeat of what a node does not know makes it known, however many those are.
func TestALostRecordIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		defer w.endAll()
		a, b := w.all()[0], w.all()[1]
		pass(time.Second)
		for i := range 1000 {
			w.put(a, fmt.Sprint(i), 1)
		}
		a.table.Dirty() // nobody is told
		for i := range 1000 {
			_, err := a.table.Beat("shop", fmt.Sprint(i), "")
			require.NoError(t, err)
		}
		pass(time.Second)
		require.Len(t, ids(b), 1000)
		require.LessOrEqual(t, w.most, 250, "a call has a greatest size")
	})
}

// TestStopTellsWhatIsLeft holds that what was written just before reaches the others, also one that did not answer the call
// before, and that nothing is left running: a bubble ends with its goroutines only.
func TestStopTellsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		a, b := w.all()[0], w.all()[1]
		pass(time.Second)
		w.put(a, "1", 1)
		w.end("a", false)
		require.Equal(t, []string{"1"}, ids(b))

		a = w.start("a", 0)
		pass(time.Second)
		w.isTrouble(func(string, string, int) trouble { return trouble{lost: true} })
		require.True(t, a.table.Drop("shop", "1"))
		pass(300 * time.Millisecond)
		w.isTrouble(nil)
		w.end("a", false)
		require.Empty(t, ids(b))

		a = w.start("a", 0)
		w.isolate("b", true)
		w.put(a, "2", 1)
		began := time.Now()
		w.end("a", false)
		require.LessOrEqual(t, time.Since(began), 3*time.Second, "nobody waits for who is away")
		w.isolate("b", false)
		w.endAll()
	})
}

// TestALateHeartbeatCounts holds that one that comes while its record waits to be told is told with it.
func TestALateHeartbeatCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		defer w.endAll()
		a, b := w.all()[0], w.all()[1]
		pass(1100 * time.Millisecond) // between two rounds
		w.isTrouble(func(string, string, int) trouble { return trouble{slow: 2900 * time.Millisecond} })
		for i := range 600 { // three calls, which take their time
			w.put(a, fmt.Sprint("other", i), 1)
		}
		pass(500 * time.Millisecond)
		w.put(a, "1", 1)
		pass(8 * time.Second)
		w.put(a, "1", 1)
		pass(4 * time.Second)
		left := func(n *node) time.Duration { return n.table.All()[0].Left }
		require.Contains(t, ids(b), "1")
		require.InDelta(t, left(a).Seconds(), left(b).Seconds(), 3, "what it took on its way, and not the 8 s before")
		w.isTrouble(nil)
	})
}

// TestAPeerThatIsAwayCostsNoMemory holds that no list of what it was not told is kept.
func TestAPeerThatIsAwayCostsNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		defer w.endAll()
		a, b := w.all()[0], w.all()[1]
		w.isolate("b", true)
		heap := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		churn := func(from, to int) {
			for i := from; i < to; i++ {
				id := fmt.Sprint(i)
				w.put(a, id, 1)
				if i%200 == 0 {
					pass(2 * time.Second) // most leases end while it is away
				}
			}
		}
		churn(0, 12_000)
		before := heap()
		churn(12_000, 42_000)
		require.Less(t, int64(heap())-int64(before), int64(4<<20))
		calls := w.called()
		pass(time.Minute)
		require.Less(t, w.called()-calls, 70, "nor many calls")
		w.isolate("b", false)
		w.put(a, "last", 1)
		pass(5 * time.Second)
		require.Contains(t, ids(b), "last")
		w.agree()
	})
}

// TestAPeerThatLeaves holds that nobody is told who is not there, and that one that comes back is told everything.
func TestAPeerThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "a", "b")
		defer w.endAll()
		a := w.all()[0]
		pass(time.Second)
		w.end("b", false)
		pass(time.Second)
		calls := w.called()
		w.put(a, "1", 1)
		pass(10 * time.Second)
		require.Equal(t, calls, w.called())
		require.Empty(t, a.spreader.States())
		w.isTrouble(func(string, string, int) trouble { return trouble{lost: true} }) // it learns nothing
		b := w.start("b", 0)
		w.isTrouble(nil)
		require.Empty(t, ids(b))
		pass(3 * time.Second)
		require.Equal(t, []string{"1"}, ids(b))
		learnt, again := a.spreader.Learn(cancelled())
		require.False(t, learnt, "a call that nobody waits for")
		require.True(t, again)
	})
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
