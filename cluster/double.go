package cluster

import (
	"context"
	"time"
)

const (
	// probeTimeout is how long silence lasts until it counts as an answer.
	probeTimeout = time.Second
	// probeAgain is how soon a newer run that did not answer is asked again.
	probeAgain = 5 * time.Second
)

// guardName watches for other runs of this node. A run that meets others claims its name, once no older run answers; an
// older run that is alive wins, and this one has to exit. Against a newer run that has claimed the name this one loses:
// it was suspended or cut off when it was asked. So of two at most one exits.
func (c *Cluster) guardName(ctx context.Context) {
	silent := make(map[string]time.Time) // newer runs that did not answer
	for {
		changed := c.changed.wait()
		if c.Joined() {
			if fault := c.checkName(ctx, silent); fault != nil {
				c.fail(fault)
				return
			}
		}
		if c.pause(ctx, changed, probeAgain) != nil {
			return
		}
	}
}

func (c *Cluster) checkName(ctx context.Context, silent map[string]time.Time) error {
	own := c.roster.own()
	for _, e := range c.roster.all() {
		if e.node != own.node {
			continue
		}
		switch newer := e.boot > own.boot; {
		case newer && e.claimed && time.Since(silent[e.boot]) >= probeAgain:
			if c.probe(ctx, e) {
				return &SupersededError{Node: e.node, Boot: e.boot, Addr: e.addr}
			}
			silent[e.boot] = time.Now()
		case !newer && !own.claimed && c.probe(ctx, e):
			return &DoubleError{Node: e.node, Boot: e.boot, Addr: e.addr}
		}
	}
	if !own.claimed && ctx.Err() == nil {
		c.roster.edit(func(r *record) { r.claimed = true })
		c.announce()
		c.changed.send()
	}
	return nil
}

// probe asks whether a run is alive. At this node's own address it is not: the port is this one's now.
func (c *Cluster) probe(ctx context.Context, e entry) (alive bool) {
	if c.p.Probe == nil || e.addr == c.p.Addr {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			c.lines.warn("probe", "probe panicked", "panic", p)
			alive = false
		}
	}()
	return c.p.Probe(ctx, e.addr, e.node, e.boot)
}
