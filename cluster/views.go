package cluster

import (
	"context"
	"time"
)

// coalesce is how long changes gather before they become one view.
const coalesce = 50 * time.Millisecond

// publishViews makes a view whenever the roster has changed, and when stale nodes are no longer to be offered.
func (c *Cluster) publishViews(ctx context.Context) {
	for {
		news := c.news.wait()
		expires := c.publish(time.Now())
		timer := time.NewTimer(expires)
		select {
		case <-news:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Reset(coalesce)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// publish makes a view out of the roster, and returns when the next one is due even if nothing changes.
func (c *Cluster) publish(now time.Time) time.Duration {
	before, v := c.feed.view(), c.roster.view()
	expires := c.stale.mark(before, v, now, c.p.MaxStale)
	c.lost.note(before, v, now)
	if c.feed.publish(v) {
		c.p.Metrics.viewed(v)
	}
	// Runs that a view does not show matter too, to whoever guards names and homes.
	c.changed.send()
	return expires
}
