package core

import (
	"context"
	"slices"
	"time"

	"holon/modules/registry"
)

const (
	// patience is how long a start may take in which others are looked for and asked for all they know.
	patience = 2 * time.Second
	// learnAgain is the time between two attempts at that.
	learnAgain = 20 * time.Millisecond
	// sweepEvery is the time between two looks for leases whose time is over.
	sweepEvery = time.Second
)

// Start learns what the others know, as far as there are any, and begins to follow gossip, to check and to tell.
func (c *Core) Start(ctx context.Context) error {
	c.learning.Store(time.Now().Add(registry.DefaultTTL * time.Second).UnixNano())
	c.learn(ctx)
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.checker.Start(ctx)
	c.spreader.Start(ctx)
	c.group.Go(func() { c.follow(ctx) })
	c.group.Go(func() { c.sweep(ctx) })
	return nil
}

// Stop tells the others what they do not know yet, and ends.
func (c *Core) Stop() {
	close(c.stopping)
	c.cancel()
	c.group.Wait()
	c.checker.Stop()
	c.spreader.Stop()
}

// learn asks the others for all they know. A node that is alone, or meets nobody in time, knows nothing but what it is told
// from then on, and says so (see isLearning).
func (c *Core) learn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for ctx.Err() == nil && (c.params.View.Seeking() || len(c.params.View.Peers()) > 0) {
		learnt, again := c.spreader.Learn(ctx)
		if learnt {
			c.learning.Store(0)
		}
		if !again {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(learnAgain):
		}
	}
}

// isLearning reports whether there may be leases that this node has not heard of.
func (c *Core) isLearning() bool {
	until := c.learning.Load()
	if until != 0 && time.Now().UnixNano() >= until {
		c.learning.CompareAndSwap(until, 0)
		return false
	}
	return until != 0
}

// follow keeps the catalogue as gossip has the modules.
func (c *Core) follow(ctx context.Context) {
	turned, stop := c.params.View.Watch()
	defer stop()
	for {
		c.refresh() // the first time for what turned before anybody watched
		select {
		case <-ctx.Done():
			return
		case <-turned:
		}
	}
}

// refresh takes over what the view says of modules, and who the registry nodes are. Whoever reads has it done before: what this
// node knows of itself should not be old.
func (c *Core) refresh() {
	c.refreshing.Lock()
	defer c.refreshing.Unlock()
	now := c.params.View.Services()
	for name, instances := range c.modules {
		for _, i := range instances {
			if !slices.ContainsFunc(now[name], func(n registry.Instance) bool { return n.ID == i.ID }) {
				c.catalog.Set(name, i.ID, nil)
			}
		}
	}
	for name, instances := range now {
		for _, i := range instances {
			c.catalog.Set(name, i.ID, &i)
		}
	}
	c.modules = now
	registries := []string{c.params.Node}
	for _, p := range c.params.View.Peers() {
		registries = append(registries, p.Node)
	}
	c.registries.Store(&registries)
}

func (c *Core) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.table.Sweep()
		}
	}
}

// Released is what came of a release: how many leases have ended on each registry node, and which nodes could not be asked.
type Released struct {
	Ended   map[string]int    `json:"ended"`
	Unasked map[string]string `json:"unasked,omitempty"`
}

// Release ends the leases that the guards keep, on all registry nodes.
func (c *Core) Release(ctx context.Context) Released {
	out := Released{Ended: map[string]int{c.params.Node: c.table.Release()}, Unasked: make(map[string]string)}
	for _, a := range c.spreader.Ask(ctx, registry.SyncRequest{Release: true}) {
		if a.Err != nil {
			out.Unasked[a.Node] = a.Err.Error()
			continue
		}
		out.Ended[a.Node] = a.Reply.Released
	}
	return out
}

// State looks at how it is.
func (c *Core) State() State {
	g := c.table.Guard()
	s := State{Leases: g.Total, Overdue: g.Overdue, Guard: g.Holding, Seq: c.catalog.Seq(), Learning: c.isLearning(), Peers: c.spreader.States()}
	if g.Holding {
		s.Since = g.Since.Format(time.RFC3339)
	}
	return s
}
