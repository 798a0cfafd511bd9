package core

import (
	"context"
	"time"

	"holon/modules/registry"
)

const (
	// page is how many changes go in one reply: an instance has 10 KB at the most, a reply 4 MiB.
	page = 250
	// gather is how long others may join the first change that somebody waits for.
	gather = 50 * time.Millisecond
)

// Changes returns what has changed beyond a mark, and waits for something.
func (c *Core) Changes(ctx context.Context, r registry.ChangesRequest) (registry.ChangesReply, error) {
	seq := r.Seq
	if r.Boot != c.params.Boot {
		seq = 0
	}
	until := time.NewTimer(time.Duration(min(max(r.Wait, 0), registry.MaxWait)) * time.Millisecond)
	defer until.Stop()
	for {
		now, turned := c.catalog.Since(seq, page)
		if len(now.List) > 0 || now.Snapshot || r.Wait <= 0 {
			return c.reply(now.Seq, now.Snapshot, now.More, now.List), nil
		}
		select {
		case <-turned:
		case <-until.C:
			return c.reply(now.Seq, false, false, nil), nil
		case <-c.stopping:
			return c.reply(now.Seq, false, false, nil), nil
		case <-ctx.Done():
			return registry.ChangesReply{}, ctx.Err()
		}
		select {
		case <-time.After(gather):
		case <-ctx.Done():
		}
	}
}

func (c *Core) reply(seq uint64, snapshot, more bool, list []registry.Change) registry.ChangesReply {
	return registry.ChangesReply{
		Node: c.params.Node, Boot: c.params.Boot, Seq: seq, Snapshot: snapshot, More: more, Changes: list, Learning: c.isLearning(),
	}
}
