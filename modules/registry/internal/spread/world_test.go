package spread_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
	"holon/modules/registry/internal/spread"
)

// world is some registry nodes in a bubble, with calls between them that can go wrong.
type world struct {
	t  require.TestingT
	mu sync.Mutex
	// nodes are those that run, by name.
	nodes map[string]*node
	boots int
	cut   map[string]bool
	// trouble says what becomes of a call by its number between these two; nil is that all is well.
	trouble func(from, to string, nth int) trouble
	between map[string]int
	calls   int
	// most is the size of the largest call, in records.
	most int
}

// trouble is what becomes of a call: it takes some time, does not arrive, or its answer does not.
type trouble struct {
	slow       time.Duration
	lost, deaf bool
}

type node struct {
	spread.Peer
	table    *lease.Table
	spreader *spread.Spreader
	stop     func()
}

var errLost = errors.New("lost")

func newWorld(t require.TestingT, names ...string) *world {
	w := &world{t: t, nodes: make(map[string]*node), cut: make(map[string]bool), between: make(map[string]int)}
	for _, name := range names {
		w.start(name, 0)
	}
	return w
}

// start runs a node, whose wall clock is wrong by some time, as Core does.
func (w *world) start(name string, skew time.Duration) *node {
	w.mu.Lock()
	w.boots++
	n := &node{Peer: spread.Peer{Node: name, Boot: fmt.Sprint(w.boots)}}
	w.mu.Unlock()
	n.table = lease.New(lease.Params{Node: name + "~" + n.Boot, Now: func() time.Time { return time.Now().Add(skew) }, GuardMin: 1_000_000})
	n.spreader = spread.New(spread.Params{
		Table: n.table, Log: slog.New(slog.DiscardHandler),
		Peers: func() []spread.Peer { return w.others(name) },
		Sync: func(ctx context.Context, to string, r registry.SyncRequest) (reply registry.SyncReply, err error) {
			err = w.call(ctx, name, to, len(r.Records), func(at *node) {
				at.table.Merge(r.Records)
				reply = registry.SyncReply{Wanted: at.table.Hear(r.Pulses)}
			})
			return reply, err
		},
		Fetch: func(ctx context.Context, to string, r registry.FetchRequest) (reply registry.FetchReply, err error) {
			err = w.call(ctx, name, to, 0, func(at *node) { reply = spread.Fetch(at.table, r) })
			return reply, err
		},
	})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n.spreader.Learn(ctx)
	n.spreader.Start(ctx)
	swept, sweeping := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() {
		for tick := time.NewTicker(time.Second); ; {
			select {
			case <-swept.Done():
				tick.Stop()
				return
			case <-tick.C:
				n.table.Sweep()
			}
		}
	})
	n.stop = func() { sweeping(); group.Wait(); n.spreader.Stop() }
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nodes[name] = n
	return n
}

// end stops a node, having told the others or, where it crashes, without.
func (w *world) end(name string, crash bool) {
	w.mu.Lock()
	n := w.nodes[name]
	w.cut[name] = w.cut[name] || crash
	w.mu.Unlock()
	n.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.nodes, name)
	delete(w.cut, name)
}

func (w *world) endAll() {
	for _, n := range w.all() {
		w.end(n.Node, false)
	}
}

func (w *world) all() (all []*node) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range w.nodes {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b *node) int { return slices.Compare([]byte(a.Node), []byte(b.Node)) })
	return all
}

func (w *world) others(name string) (peers []spread.Peer) {
	for _, n := range w.all() {
		if n.Node != name {
			peers = append(peers, n.Peer)
		}
	}
	return peers
}

func (w *world) isolate(name string, cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[name] = cut
}

func (w *world) isTrouble(trouble func(from, to string, nth int) trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = trouble
}

// called is how many calls there were.
func (w *world) called() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.calls
}

// call makes a call between two nodes. To one that is cut off it takes until the caller gives up.
func (w *world) call(ctx context.Context, from, to string, records int, do func(*node)) error {
	w.mu.Lock()
	w.calls++
	w.most = max(w.most, records)
	at, cut := w.nodes[to], w.cut[from] || w.cut[to]
	var bad trouble
	if w.trouble != nil {
		w.between[from+to]++
		bad = w.trouble(from, to, w.between[from+to])
	}
	w.mu.Unlock()
	if cut {
		<-ctx.Done()
		return ctx.Err()
	}
	if at == nil || bad.lost {
		return errLost
	}
	if bad.slow > 0 {
		<-time.After(bad.slow) // it arrives, also where nobody waits any more
	}
	do(at)
	if bad.deaf {
		return errLost
	}
	return ctx.Err()
}

// known is what a node knows, as far as all are to know the same: when a lease ends is told with less of it at each step.
func known(n *node) []lease.State {
	all := n.table.All()
	for i := range all {
		all[i].Left, all[i].Overdue = 0, false
	}
	return all
}

// agree requires all nodes to know the same, except of what is about to end: it does a little sooner here than there.
func (w *world) agree() {
	const soon = 10 * time.Second
	all := w.all()
	lasts := make(map[string]bool)
	for _, n := range all {
		for _, s := range n.table.All() {
			lasts[s.ID] = lasts[s.ID] || s.Left > soon
		}
	}
	of := func(n *node) []lease.State {
		return slices.DeleteFunc(known(n), func(s lease.State) bool { return !lasts[s.ID] })
	}
	for _, n := range all[1:] {
		require.Equal(w.t, of(all[0]), of(n), "%s and %s", all[0].Node, n.Node)
	}
}

func (w *world) put(at *node, id string, version int) {
	_, err := at.table.Put("shop", id, registration(version))
	require.NoError(w.t, err)
}

func registration(version int) registry.Registration {
	return registry.Registration{Address: "10.0.0.1:80", Version: fmt.Sprintf("%d.0.0", version)}
}

func ids(n *node) (ids []string) {
	for _, s := range n.table.All() {
		ids = append(ids, s.ID)
	}
	return ids
}

// pass lets time go by in a bubble.
func pass(d time.Duration) { <-time.After(d) }
