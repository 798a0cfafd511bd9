package cluster

import (
	"slices"
	"strings"
)

// View is what a node knows of all nodes at one moment. It never changes; treat its slices as read only.
type View struct {
	// Version grows by one with each view of this process.
	Version uint64
	// Cluster is the cluster's id, empty while this node has none.
	Cluster string
	// Self is this node, as it describes itself.
	Self Node
	// Nodes are all nodes, this one among them, by name. Each name is there once.
	Nodes []Node
	// Stale are nodes that were lost together with all others. While nobody can be heard they are still worth a call.
	Stale []Node
}

// Node is one process of the cluster.
type Node struct {
	// Name is the node's name, Boot the UUIDv7 of this run of it.
	Name, Boot string
	// Addr is where it takes calls, Gossip where it takes gossip; both host:port.
	Addr, Gossip string
	Version      string
	State        State
	// Modules are those placed on the node, by name.
	Modules []ModuleState
}

// ModuleState is a module on a node.
type ModuleState struct {
	// Name is the module's name, or # and the hash of it when this binary does not know the module.
	Name  string
	Major int
	State State
	// Version is that of code that has one of its own, beside the node's.
	Version string
}

// Instance is a module on one node, as a caller chooses it.
type Instance struct {
	Node, Boot, Addr string
	// Version is the module's own, empty for most.
	Version string
	// State is Ready, Draining or Failing.
	State State
}

// String returns node~boot@addr;state, the form that instancers hand out. It knows two states: whoever is not ready is chosen last.
func (i Instance) String() string {
	s := i.State
	if s != Ready {
		s = Draining
	}
	return i.Node + "~" + i.Boot + "@" + i.Addr + ";" + s.String()
}

// Node returns the node of that name.
func (v *View) Node(name string) (Node, bool) {
	i, ok := slices.BinarySearchFunc(v.Nodes, name, func(n Node, name string) int { return strings.Compare(n.Name, name) })
	if !ok {
		return Node{}, false
	}
	return v.Nodes[i], true
}

// Peers returns how many other nodes there are.
func (v *View) Peers() int { return max(len(v.Nodes)-1, 0) }

// Instances returns where a module can be called, by node name: starting ones are left out, stale ones are among them.
func (v *View) Instances(module string) []Instance {
	var found []Instance
	for _, nodes := range [...][]Node{v.Nodes, v.Stale} {
		for _, n := range nodes {
			if s := n.serves(module); s != Starting {
				m, _ := n.Module(module)
				found = append(found, Instance{Node: n.Name, Boot: n.Boot, Addr: n.Addr, Version: m.Version, State: s})
			}
		}
	}
	return found
}

// serves returns the state a caller should assume of a module on the node; Starting also when it is not there.
func (n *Node) serves(module string) State {
	m, ok := n.Module(module)
	switch {
	case !ok || n.State == Starting:
		return Starting
	case n.State == Draining && m.State == Ready:
		return Draining
	default:
		return m.State
	}
}

// Module returns what the node says of a module.
func (n *Node) Module(name string) (ModuleState, bool) {
	i, ok := slices.BinarySearchFunc(n.Modules, name, func(m ModuleState, name string) int { return strings.Compare(m.Name, name) })
	if !ok {
		return ModuleState{}, false
	}
	return n.Modules[i], true
}

func (n *Node) equal(o *Node) bool {
	return n.Name == o.Name && n.Boot == o.Boot && n.Addr == o.Addr && n.Gossip == o.Gossip && n.Version == o.Version &&
		n.State == o.State && slices.Equal(n.Modules, o.Modules)
}

// same reports whether two views say the same, their versions aside.
func (v *View) same(o *View) bool {
	eq := func(a, b Node) bool { return a.equal(&b) }
	return v.Cluster == o.Cluster && v.Self.equal(&o.Self) && slices.EqualFunc(v.Nodes, o.Nodes, eq) && slices.EqualFunc(v.Stale, o.Stale, eq)
}
