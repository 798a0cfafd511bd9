package cluster

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// entry is a node as gossip tells of it.
type entry struct {
	record
	node, boot, gossip string
}

// roster holds the nodes that memberlist believes alive, by gossip name, and this node's own record. Its mutex is taken
// inside memberlist's callbacks and held for nothing but these maps.
type roster struct {
	names map[uint32]string // known module names by hash

	mu     sync.Mutex
	self   entry
	shown  []byte // this node's metadata as memberlist has it
	others map[string]entry
}

func newRoster(self entry, names map[uint32]string) *roster {
	return &roster{names: names, self: self, others: make(map[string]entry)}
}

func (r *roster) put(name string, e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.others[name] = e
}

func (r *roster) drop(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.others, name)
}

// edit changes this node's own record.
func (r *roster) edit(f func(*record)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.self.record)
}

func (r *roster) own() entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.self.clone()
}

func (e entry) clone() entry {
	e.modules = slices.Clone(e.modules)
	return e
}

// meta returns this node's metadata.
func (r *roster) meta() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.self.encode()
}

// show notes what memberlist tells others of this node; applied reports whether that is what they should know.
func (r *roster) show(meta []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown = bytes.Clone(meta)
}

func (r *roster) applied() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Equal(r.shown, r.self.encode())
}

// all returns the others as they are, doubles included.
func (r *roster) all() []entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]entry, 0, len(r.others))
	for _, e := range r.others {
		out = append(out, e)
	}
	return out
}

func (r *roster) peers() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.others)
}

// has reports whether another run of a node is there, superseded or not.
func (r *roster) has(node, boot string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.others[gossipName(node, boot)]
	return ok
}

// alive reports whether a run of a node is in the cluster and was not superseded.
func (r *roster) alive(node, boot string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if node == r.self.node {
		return boot == r.self.boot
	}
	e, ok := r.others[gossipName(node, boot)]
	if !ok {
		return false
	}
	for _, o := range r.others {
		if o.node == node && o.over(&e) {
			return false
		}
	}
	return true
}

// over reports whether e is to be shown instead of another run of the same node: the one that made sure of the name,
// else the newer one.
func (e *entry) over(o *entry) bool {
	if e.claimed != o.claimed {
		return e.claimed
	}
	return e.boot > o.boot
}

// view makes a snapshot: each name once, by name, and this node as itself. It depends on what is in the roster and not on
// how it came there.
func (r *roster) view() *View {
	r.mu.Lock()
	defer r.mu.Unlock()
	chosen := make(map[string]*entry, len(r.others)+1)
	for _, e := range r.others {
		if c := chosen[e.node]; c == nil || e.over(c) {
			chosen[e.node] = &e
		}
	}
	chosen[r.self.node] = &r.self
	v := &View{Cluster: r.self.cluster, Self: r.node(&r.self), Nodes: make([]Node, 0, len(chosen))}
	for _, e := range chosen {
		v.Nodes = append(v.Nodes, r.node(e))
	}
	slices.SortFunc(v.Nodes, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	return v
}

func (r *roster) node(e *entry) Node {
	n := Node{Name: e.node, Boot: e.boot, Addr: e.addr, Gossip: e.gossip, Version: e.version, State: e.state,
		Modules: make([]ModuleState, 0, len(e.modules))}
	for _, m := range e.modules {
		name, ok := r.names[m.hash]
		if !ok {
			name = fmt.Sprintf("#%08x", m.hash)
		}
		n.Modules = append(n.Modules, ModuleState{Name: name, Major: int(m.major), State: m.state, Version: m.version})
	}
	slices.SortFunc(n.Modules, func(a, b ModuleState) int { return strings.Compare(a.Name, b.Name) })
	return n
}
