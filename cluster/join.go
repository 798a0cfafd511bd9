package cluster

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// rejoinEvery is how often the cluster is joined anew, ±20 %, for ever: that heals partitions.
const rejoinEvery = 10 * time.Second

// soon are the pauses before the first attempts that follow one that came to nothing.
var soon = [...]time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second}

const (
	// allLost is how many of those that were there before are asked at the start: as many as are remembered. Then
	// firstSeeds and firstLost are how many addresses are tried at once before a peer has answered, laterSeeds and
	// laterLost how many afterwards.
	allLost               = maxLost
	firstSeeds, firstLost = 10, 3
	laterSeeds, laterLost = 2, 1
)

func (c *Cluster) keepJoined(ctx context.Context) {
	for n := 0; ; n++ {
		// From start to start: a round that waits for dead addresses does not put off the next one.
		timer := time.NewTimer(c.rest(n))
		again := c.again.wait()
		c.round(ctx, n == 0)
		c.rounds.Add(1)
		if n == 0 {
			c.changed.send()
		}
		c.found()
		select {
		case <-timer.C:
		case <-again:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// tried reports whether all that this node knew of at its start were asked.
func (c *Cluster) tried() bool { return c.rounds.Load() > 0 }

// Tried reports whether all that this node knew of at its start were asked once.
func (c *Cluster) Tried() bool { return c.tried() }

// Seeded reports whether the node was told where to join; else it looks for peers of its last run only.
func (c *Cluster) Seeded() bool { return len(c.p.Seeds) > 0 }

// rest returns the pause after attempt n.
func (c *Cluster) rest(n int) time.Duration {
	every := rejoinEvery
	switch {
	case c.Joined() && c.roster.own().cluster == "":
		every = foundAfter / 4 // nobody has an id yet
	case n < len(soon) && !c.Joined():
		every = soon[n]
	}
	return time.Duration(float64(every) * (0.8 + 0.4*rand.Float64()))
}

// round joins some seeds and some lost nodes, all at once, so that one that does not answer costs no time.
func (c *Cluster) round(ctx context.Context, start bool) {
	seeds, lost := firstSeeds, firstLost
	switch {
	case start:
		lost = allLost
	case c.Joined():
		seeds, lost = laterSeeds, laterLost
	}
	addrs, err := c.resolve(ctx, seeds)
	if err == nil && len(addrs) == 0 && len(c.seeds) > 0 {
		err = ErrOnlySelf
	}
	addrs = append(addrs[:min(seeds, len(addrs))], c.lost.pick(lost, time.Now())...)
	if len(addrs) == 0 && err == nil {
		return
	}
	var (
		group sync.WaitGroup
		mu    sync.Mutex
	)
	for _, addr := range addrs {
		group.Go(func() {
			if e := c.join(addr); e != nil {
				mu.Lock()
				err = e
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if err != nil && ctx.Err() == nil {
		c.mu.Lock()
		c.joinErr = err
		c.mu.Unlock()
		switch {
		case c.Joined():
		case c.Seeded():
			c.lines.warn("join", "no peer answers yet, going on trying", "err", err.Error())
		default: // it was split once, and may be meant to be by itself again
			c.lines.add("join", line{slog.LevelDebug, "no peer of the last run answers, going on trying for an hour", []any{"err", err.Error()}})
		}
	}
}

// join exchanges all state with the node at an address. Only what memberlist then tells the delegate says whether that
// was a peer.
func (c *Cluster) join(addr string) error {
	_, err := c.list.Join([]string{addr})
	if err == nil && !c.Joined() {
		err = ErrOnlySelf
	}
	if err != nil {
		c.p.Metrics.joins.WithLabelValues("failed").Inc()
		return first(err)
	}
	c.p.Metrics.joins.WithLabelValues("ok").Inc()
	return nil
}

// first takes the one error out of memberlist's list of one, which spans lines.
func first(err error) error {
	if list, ok := err.(interface{ WrappedErrors() []error }); ok {
		if errs := list.WrappedErrors(); len(errs) > 0 {
			return errs[0]
		}
	}
	return err
}
