package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"holon/cluster"
	"holon/transport/status"
)

// drainRequest asks a node to make room for others.
type drainRequest struct {
	// Exit has it stop as a signal does; DryRun only has it tell what would come of it.
	Exit   bool `json:"exit,omitempty"`
	DryRun bool `json:"dry_run,omitempty"`
}

// drainReply is what becomes, or would become, of a node that drains.
type drainReply struct {
	Node string `json:"node"`
	Boot string `json:"boot"`
	// Since is when it began to drain, zero where it does not.
	Since   time.Time     `json:"since,omitzero"`
	Modules []drainModule `json:"modules"`
	// Requests and Calls are those in flight, of clients and of other nodes.
	Requests int `json:"requests"`
	Calls    int `json:"calls"`
	// Waiting is what the node has yet to hand over.
	Waiting []backlogStatus `json:"waiting"`
}

// drainModule is a module of the node, and the other nodes where it is ready.
type drainModule struct {
	Module string   `json:"module"`
	Others []string `json:"others"`
	// NeededBy are the modules and services that call it, where nobody else could answer them.
	NeededBy []string `json:"needed_by,omitempty"`
}

type undrainRequest struct{}

type undrainReply struct {
	Node string `json:"node"`
	// Was reports whether the node was draining.
	Was bool `json:"was"`
}

// drainDesk has the node step back: it is chosen last, not ready for load balancers, and hands no events over, while it
// goes on serving whoever comes.
type drainDesk struct {
	node *node

	mu    sync.Mutex // held while the state changes, so that two verbs at once leave one of both states and no mixture
	began atomic.Pointer[time.Time]
}

// since is when the node began to drain, zero where it does not.
func (d *drainDesk) since() time.Time {
	if began := d.began.Load(); began != nil {
		return *began
	}
	return time.Time{}
}

// announceWithin bounds how long a verb waits for the others to be told; they hear of it later all the same.
const announceWithin = 2 * time.Second

func (d *drainDesk) drain(ctx context.Context, r drainRequest) (drainReply, error) {
	if !r.DryRun {
		if err := d.turn(ctx, cluster.Draining); err != nil {
			return drainReply{}, err
		}
	}
	reply := d.report(ctx)
	if r.Exit && !r.DryRun {
		d.node.leaveNow()
	}
	return reply, nil
}

func (d *drainDesk) undrain(ctx context.Context) (undrainReply, error) {
	was := !d.since().IsZero()
	return undrainReply{Node: d.node.in.Node.Name, Was: was}, d.turn(ctx, cluster.Ready)
}

// turn changes the node's state and tells everybody.
func (d *drainDesk) turn(ctx context.Context, s cluster.State) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, c := d.node, d.node.in.Network.cluster
	if !n.ready.Load() {
		return status.New(status.Unavailable, "node_not_ready", "node %s is starting or stopping: only one that is ready can drain", n.in.Node.Name)
	}
	if draining := d.began.Load() != nil; draining == (s == cluster.Draining) {
		return nil
	}
	c.SetState(s)
	if !n.ready.Load() { // a stop has begun meanwhile, and has the last word
		c.SetState(cluster.Draining)
		return nil
	}
	if s == cluster.Draining {
		now := time.Now().UTC().Truncate(time.Microsecond)
		d.began.Store(&now)
		n.in.Host.PauseRelays()
	} else {
		d.began.Store(nil)
		n.in.Host.ResumeRelays()
	}
	n.in.Log.Info("the node's state was changed", "state", s.String())
	if c.View().Peers() == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, announceWithin)
	defer cancel()
	if err := c.Announce(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return status.From(err)
	}
	return nil
}

// report says what the node does just now, and who else could.
func (d *drainDesk) report(ctx context.Context) drainReply {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	n := d.node
	out := drainReply{
		Node: n.in.Node.Name, Boot: n.in.Node.Boot, Since: d.since(), Calls: n.callsIn(), Waiting: []backlogStatus{},
	}
	if n.public != nil {
		out.Requests = n.public.InFlight()
	}
	waiting, _ := n.waiting(ctx, n.in.Host.Check(ctx)) // a store that cannot be read is what /status tells of
	for _, b := range waiting {
		if b.Open > 0 || b.Parked > 0 {
			out.Waiting = append(out.Waiting, b)
		}
	}
	v := n.in.Network.cluster.View()
	needed := n.neededBy(ctx)
	for _, name := range n.in.Settings.placed {
		m := drainModule{Module: name, Others: []string{}}
		for _, other := range v.Nodes {
			if other.Name != n.in.Node.Name && other.State == cluster.Ready && stateOn(other, name) == cluster.Ready {
				m.Others = append(m.Others, other.Name)
			}
		}
		if len(m.Others) == 0 {
			m.NeededBy = needed[name]
		}
		out.Modules = append(out.Modules, m)
	}
	return out
}

// stateOn is the state of a module on a node, Starting where it is not there.
func stateOn(n cluster.Node, module string) cluster.State {
	m, _ := n.Module(module)
	return m.State
}
