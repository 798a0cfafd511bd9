package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// reassertEvery bounds how often this node says again that a home is its own.
const reassertEvery = time.Second

// guardHomes watches over the homes of this node and reports one that is lost, each once.
func (c *Cluster) guardHomes(ctx context.Context) {
	said := make(map[string]time.Time)
	for {
		changed := c.changed.wait()
		c.homes.sweep(time.Now(), c.roster.alive)
		c.mu.Lock()
		own := make([]Home, 0, len(c.settled))
		for _, h := range c.settled {
			own = append(own, h)
		}
		c.mu.Unlock()
		for _, mine := range own {
			c.guard(mine, said)
		}
		if c.pause(ctx, changed, pendingKept) != nil {
			return
		}
	}
}

func (c *Cluster) guard(mine Home, said map[string]time.Time) {
	known, has, _, _ := c.homes.look(mine.Module)
	if has && known.sameRun(mine) {
		return
	}
	alive := has && c.roster.alive(known.Node, known.Boot)
	switch {
	case has && known.StoreID != mine.StoreID && known.older(mine) < 0:
		// Whether its node is alive is not known yet when a partition has just healed. If it is not, the next claim will tell.
		c.lose(mine, &TakenError{Module: mine.Module, Winner: known})
	case has && alive && known.StoreID == mine.StoreID && known.Boot < mine.Boot:
		// Two copies of one store, so both are of one age: the older run stays.
		c.lose(mine, &TakenError{Module: mine.Module, Winner: known})
	case has && known.Node == mine.Node && known.Boot > mine.Boot && c.roster.has(known.Node, known.Boot):
		// The name is being taken over; that is another fault.
	case time.Since(said[mine.Module]) >= reassertEvery:
		// The other is gone, or has to yield and must be told.
		said[mine.Module] = time.Now()
		if has && known.StoreID == mine.StoreID {
			mine.Epoch, mine.Turn = known.Epoch, known.Turn+1
			if known.Settled.Before(mine.Settled) {
				mine.Settled = known.Settled
			}
		}
		c.tell(claimed{Home: mine})
	}
}

// Close ends this node's part as the home of its modules, when nothing will be written any more and the stores are still
// open. Each store keeps a last mark, which a copy that was made while the node ran has not. A store that cannot keep it
// stays as it is, and is told in the error.
func (c *Cluster) Close(ctx context.Context, keep func(context.Context, Home) error) error {
	c.mu.Lock()
	own := slices.Collect(maps.Values(c.settled))
	clear(c.settled)
	c.mu.Unlock()
	var errs []error
	for _, h := range own {
		known, has, _, _ := c.homes.look(h.Module)
		if !has || !known.sameRun(h) {
			continue
		}
		known.Turn, known.Mark = known.Turn+1, h.Boot+closed
		if err := keep(ctx, known); err != nil {
			errs = append(errs, fmt.Errorf("mark the store of %s as closed: %w", h.Module, err))
			continue
		}
		c.tell(claimed{Home: known})
	}
	return errors.Join(errs...)
}

// closed follows the boot in the mark of a store that was closed in order.
const closed = ".closed"

func (c *Cluster) lose(mine Home, err error) {
	c.mu.Lock()
	delete(c.settled, mine.Module)
	c.mu.Unlock()
	c.fail(err)
}
