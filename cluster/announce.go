package cluster

import (
	"context"
	"log/slog"
	"time"
)

// updateTimeout is how long to wait for memberlist to say that a change was sent, which takes 0.2 to 0.8 s among up to 100
// nodes. Sometimes it says so while nobody listens, and when 100 nodes start at once it takes seconds; the change is queued
// all the same and counts as sent then, because each new attempt would be one more message for everybody.
const updateTimeout = 2 * time.Second

// announcing counts changes of this node's record, and up to which of them others were told. Guarded by Cluster.mu.
type announcing struct {
	wake       *signal
	want, sent uint64
}

// announce has the record sent in the background; changes that come meanwhile go together.
func (c *Cluster) announce() {
	c.mu.Lock()
	c.announcing.want++
	c.mu.Unlock()
	c.announcing.wake.send()
	c.news.send()
}

// Announce waits until the last change of this node's or its modules' state was sent to the others.
func (c *Cluster) Announce(ctx context.Context) error {
	c.mu.Lock()
	want := c.announcing.want
	c.mu.Unlock()
	for {
		wake := c.announcing.wake.wait()
		c.mu.Lock()
		sent, up := c.announcing.sent, c.stage == running
		c.mu.Unlock()
		if sent >= want {
			return nil
		}
		if !up {
			return ErrStopped
		}
		select {
		case <-wake:
		case <-c.done:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announceChanges may hang in memberlist until this node has left.
func (c *Cluster) announceChanges(ctx context.Context) {
	for {
		wake := c.announcing.wake.wait()
		c.mu.Lock()
		want, sent := c.announcing.want, c.announcing.sent
		c.mu.Unlock()
		if want == sent {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		// A node that joins adopts an id and claims its name at once; each message less counts when many join together.
		timer := time.NewTimer(coalesce)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		c.mu.Lock()
		want = c.announcing.want
		c.mu.Unlock()
		err := c.list.UpdateNode(updateTimeout)
		if ctx.Err() != nil {
			return
		}
		if !c.roster.applied() {
			continue // it crossed a refutation, which memberlist lets win
		}
		if err != nil {
			c.lines.add("announce", line{slog.LevelDebug, "change of state is slow to get out", []any{"err", err.Error()}})
		}
		c.mu.Lock()
		c.announcing.sent = want
		c.mu.Unlock()
		c.announcing.wake.send()
	}
}
