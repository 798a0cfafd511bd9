package clustertest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/memberlist"
	"github.com/stretchr/testify/require"

	"holon/cluster"
)

// Fleet is a number of nodes on one network. All of them are stopped when the test ends.
type Fleet struct {
	t     testing.TB
	Net   *Network
	Nodes []*Node
	count int
}

// Node is one node of a fleet.
type Node struct {
	*cluster.Cluster
	// Name, Boot, Addr and Gossip are what the node says of itself.
	Name, Boot, Addr, Gossip string
	fleet                    *Fleet
}

// winddown is how long memberlist's goroutines may take to end after a node has stopped: they wait for their time-outs.
const winddown = 15 * time.Second

// Run runs a test with a fleet inside a synctest bubble: timers cost no time there, and nothing real may be waited for.
func Run(t *testing.T, test func(t *testing.T, f *Fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		// Time in a bubble stands still once its test has returned.
		t.Cleanup(func() { <-time.After(winddown) })
		test(t, NewFleet(t))
	})
}

// NewFleet returns a fleet without nodes, in real time.
func NewFleet(t testing.TB) *Fleet { return &Fleet{t: t, Net: NewNetwork()} }

// Start adds n nodes with a module "work" each. The first node of a fleet has no seeds; all others have the first as theirs.
func (f *Fleet) Start(n int) []*Node {
	f.t.Helper()
	from := len(f.Nodes)
	for range n {
		f.Add(nil)
	}
	return f.Nodes[from:]
}

// Add starts one node whose parameters edit may change.
func (f *Fleet) Add(edit func(*cluster.Params)) *Node {
	f.t.Helper()
	node, err := f.New(edit)
	require.NoError(f.t, err)
	require.NoError(f.t, node.Start(f.t.Context()))
	f.t.Cleanup(node.Crash)
	f.Net.Answer(node.Addr, node.Name+"~"+node.Boot)
	f.Nodes = append(f.Nodes, node)
	return node
}

// New makes a node that is not started and not counted among the nodes.
func (f *Fleet) New(edit func(*cluster.Params)) (*Node, error) {
	f.count++
	i := f.count
	p := cluster.Params{
		Node: fmt.Sprintf("n%03d", i), Boot: Boot(), Version: "test",
		Addr:    fmt.Sprintf("10.1.%d.%d:7947", i/250, 1+i%250),
		Modules: []cluster.Module{{Name: "work", Major: 1}}, Known: []string{"work"},
		ID: NewID(""), Probe: f.Net.Probe, Log: slog.New(slog.DiscardHandler),
	}
	gossip := fmt.Sprintf("10.0.%d.%d:7946", i/250, 1+i%250)
	if len(f.Nodes) > 0 {
		p.Seeds = []string{f.Nodes[0].Gossip}
	}
	p.Transport = transportAt{addr: gossip}
	if edit != nil {
		edit(&p)
	}
	if at, ok := p.Transport.(transportAt); ok {
		gossip = at.addr
		p.Transport = f.Net.Transport(gossip)
	}
	c, err := cluster.New(p)
	return &Node{Cluster: c, Name: p.Node, Boot: p.Boot, Addr: p.Addr, Gossip: gossip, fleet: f}, err
}

// At makes a node gossip at an address of the network instead of one of its own.
func At(addr string) func(*cluster.Params) {
	return func(p *cluster.Params) { p.Transport = transportAt{addr: addr} }
}

// transportAt stands for an address until the node is made.
type transportAt struct {
	memberlist.Transport
	addr string
}

// Crash ends the node without a word. A node that was left or has crashed is not touched.
func (n *Node) Crash() {
	n.fleet.Net.forget(n.Addr, n.Name+"~"+n.Boot)
	n.Stop()
}

// Bye leaves the cluster in order.
func (n *Node) Bye() {
	n.fleet.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(n.fleet.t, n.Leave(ctx))
	n.fleet.Net.forget(n.Addr, n.Name+"~"+n.Boot)
}

// Await waits until ok holds, at most d, and returns how long that took.
func (f *Fleet) Await(d time.Duration, what string, ok func() bool) time.Duration {
	f.t.Helper()
	return Await(f.t, d, what, ok)
}

// AwaitAll waits until ok holds for the views of all given nodes.
func (f *Fleet) AwaitAll(nodes []*Node, d time.Duration, what string, ok func(*cluster.View) bool) time.Duration {
	f.t.Helper()
	return Await(f.t, d, what, func() bool {
		for _, n := range nodes {
			if !ok(n.View()) {
				return false
			}
		}
		return true
	})
}

// Await waits until ok holds, at most d, and returns how long that took.
func Await(t testing.TB, d time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(start) > d {
			require.FailNow(t, "waited in vain", "%s, for %s", what, d)
		}
		<-tick.C
	}
	return time.Since(start)
}

// Boot returns a new boot id, higher than those before.
func Boot() string { return uuid.Must(uuid.NewV7()).String() }

// ID is a cluster.IDStore in memory.
type ID struct {
	mu sync.Mutex
	id string
}

// NewID returns a store that keeps id; empty means none yet.
func NewID(id string) *ID { return &ID{id: id} }

// Get returns the id that is kept.
func (s *ID) Get() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id, nil
}

// Adopt keeps id unless one is kept.
func (s *ID) Adopt(id string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id == "" {
		s.id = id
	}
	return s.id, nil
}

var _ cluster.IDStore = (*ID)(nil)
