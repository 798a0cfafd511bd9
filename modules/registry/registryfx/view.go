package registryfx

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.uber.org/fx"

	"holon/cluster"
	"holon/modules"
	"holon/modules/registry"
	"holon/modules/registry/internal/core"
	"holon/modules/registry/internal/spread"
)

// view is what this node knows: itself, from its own board, and the others as the cluster tells of them.
type view struct {
	node    modules.Node
	board   *modules.Board
	cluster *cluster.Cluster
	needs   map[string][]string
	// met is when the start first saw that others are there. Only the start asks.
	met time.Time
}

type viewParams struct {
	fx.In

	Node      modules.Node
	Board     *modules.Board
	Placement modules.Placement
	// Cluster is absent where a node is by itself.
	Cluster *cluster.Cluster `optional:"true"`
}

func newView(p viewParams) core.View {
	v := &view{node: p.Node, board: p.Board, cluster: p.Cluster, needs: make(map[string][]string)}
	for _, m := range p.Placement.All {
		v.needs[m.Name] = append([]string{}, m.Needs...)
	}
	return v
}

// seen is what gossip tells, nil where a node is by itself.
func (v *view) seen() *cluster.View {
	if v.cluster == nil {
		return nil
	}
	return v.cluster.View()
}

// Module reports whether a name is a module's.
func (v *view) Module(name string) bool { _, ok := v.needs[name]; return ok }

// Services are the modules' instances.
func (v *view) Services() map[string][]registry.Instance {
	out := make(map[string][]registry.Instance)
	seen := v.seen()
	for _, s := range v.board.All() {
		state, addr, version := string(s.State), "", v.node.Version
		if seen != nil {
			addr = seen.Self.Addr
			own, _ := seen.Self.Module(s.Module)
			version = cmp.Or(own.Version, version)
			switch {
			case s.State != modules.Ready:
			case seen.Self.State == cluster.Draining:
				state = cluster.Draining.String()
			case own.State == cluster.Failing:
				state = cluster.Failing.String()
			}
		}
		out[s.Module] = []registry.Instance{v.instance(s.Module, v.node.Name, v.node.Boot, version, addr, state, s.Since)}
	}
	if seen == nil {
		return out
	}
	for _, n := range seen.Nodes {
		if n.Name == seen.Self.Name {
			continue
		}
		for _, m := range n.Modules {
			if v.Module(m.Name) { // else it is no service, or one of another release: nobody here could call it
				out[m.Name] = append(out[m.Name], v.instance(m.Name, n.Name, n.Boot, cmp.Or(m.Version, n.Version), n.Addr, stateOf(n, m).String(), startOf(n.Boot)))
			}
		}
	}
	return out
}

func (v *view) instance(module, node, boot, version, addr, state string, since time.Time) registry.Instance {
	since = since.UTC().Round(0)
	return registry.Instance{
		ID: node + "~" + boot, Kind: registry.KindModule, Node: node, Version: version, Address: addr, State: state,
		Health: healthOf(state, since), Dependencies: v.needs[module], Since: since,
	}
}

// healthOf is what a module's state says: it checks itself.
func healthOf(state string, since time.Time) registry.Health {
	if state == cluster.Ready.String() || state == cluster.Draining.String() {
		return registry.Health{Status: registry.Passing, Since: since}
	}
	reason := "it is " + state
	if state == cluster.Failing.String() {
		reason = "its own health check fails: its node says how (holon health)"
	}
	return registry.Health{Status: registry.Failing, Reason: reason, Since: since}
}

// Nodes are all nodes.
func (v *view) Nodes() []registry.Node {
	self := registry.Node{Name: v.node.Name, Boot: v.node.Boot, Version: v.node.Version, State: cluster.Ready.String(), Modules: []string{}}
	for _, s := range v.board.All() {
		self.Modules = append(self.Modules, s.Module)
	}
	seen := v.seen()
	if seen == nil {
		return []registry.Node{self}
	}
	out := []registry.Node{}
	for _, n := range seen.Nodes {
		node := registry.Node{Name: n.Name, Boot: n.Boot, Version: n.Version, Address: n.Addr, State: n.State.String(), Modules: []string{}}
		for _, m := range n.Modules {
			if v.Module(m.Name) {
				node.Modules = append(node.Modules, m.Name)
			}
		}
		slices.Sort(node.Modules)
		out = append(out, node)
	}
	slices.SortFunc(out, func(a, b registry.Node) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Peers are the other registry nodes that take calls.
func (v *view) Peers() (out []spread.Peer) {
	seen := v.seen()
	if seen == nil {
		return nil
	}
	for _, n := range seen.Nodes {
		for _, m := range n.Modules {
			if m.Name == registry.Contract.Module && n.Name != seen.Self.Name && stateOf(n, m) != cluster.Starting {
				out = append(out, spread.Peer{Node: n.Name, Boot: n.Boot})
			}
		}
	}
	return out
}

// startsTogether is how long a registry waits for others that are said to start: they may be ready meanwhile, or wait for this
// one.
const startsTogether = 500 * time.Millisecond

// Seeking reports whether this node may yet meet another registry that can tell it something.
func (v *view) Seeking() bool {
	switch {
	case v.cluster == nil:
		return false
	case !v.cluster.Joined():
		return !v.cluster.Tried() || v.cluster.Seeded() && v.cluster.JoinError() != nil
	}
	seen := v.seen()
	if v.met.IsZero() {
		v.met = time.Now()
	}
	starting := slices.ContainsFunc(seen.Nodes, func(n cluster.Node) bool {
		return n.Name != seen.Self.Name && slices.ContainsFunc(n.Modules, func(m cluster.ModuleState) bool {
			return m.Name == registry.Contract.Module && stateOf(n, m) == cluster.Starting
		})
	})
	return len(seen.Nodes) < 2 || starting && time.Since(v.met) < startsTogether // who has answered is seen in a moment
}

// lookAgain is how often the node looks at its own modules, whose states nobody tells it.
const lookAgain = 500 * time.Millisecond

// Watch tells when it may have changed.
func (v *view) Watch() (<-chan struct{}, func()) {
	out, done, ended := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	var views <-chan *cluster.View
	stop := func() {}
	if v.cluster != nil {
		views, stop = v.cluster.Watch()
	}
	go func() {
		defer close(ended)
		tick := time.NewTicker(lookAgain)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			case _, open := <-views:
				if !open {
					views = nil
				}
			}
			select {
			case out <- struct{}{}:
			default:
			}
		}
	}()
	return out, func() { stop(); close(done); <-ended }
}

// stateOf is a module's state: its node's, unless the node is ready.
func stateOf(n cluster.Node, m cluster.ModuleState) cluster.State {
	if n.State != cluster.Ready {
		return n.State
	}
	return m.State
}

// startOf is when a process was started: its boot id is made then and has the time in it, in milliseconds.
func startOf(boot string) time.Time {
	id, err := uuid.Parse(boot)
	if err != nil || id.Version() != 7 {
		return time.Time{}
	}
	return time.Unix(id.Time().UnixTime()).UTC()
}
