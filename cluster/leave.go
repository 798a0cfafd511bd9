package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	// sendTimeout is how long a last change of state may take, leaveTimeout how long the message that this node goes.
	sendTimeout, leaveTimeout = time.Second, 2 * time.Second
	// linger is how long a node that has left still answers probes, so that nobody suspects it meanwhile.
	linger = 500 * time.Millisecond
)

// Leave tells the others that this node goes, answers them a little longer and closes the gossip port. It returns when all
// goroutines have ended; ctx cuts the polite part short. A cluster that was left cannot be started again.
func (c *Cluster) Leave(ctx context.Context) error {
	if !c.stopOnce() {
		<-c.ended
		return nil
	}
	defer close(c.ended)
	err := c.bye(ctx)
	c.end()
	return err
}

// Stop closes the gossip port without a word. To the others it looks like a crash. It returns when all goroutines have
// ended.
func (c *Cluster) Stop() {
	if !c.stopOnce() {
		<-c.ended
		return
	}
	defer close(c.ended)
	c.end()
}

// stopOnce reports whether the caller is the one to stop a running cluster.
func (c *Cluster) stopOnce() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.stage {
	case fresh:
		close(c.ended)
		close(c.done)
		c.feed.close()
		c.stage = stopping
		return false
	case running:
		c.stage = stopping
		return true
	default:
		return false
	}
}

// bye announces that this node is draining, so that the others know it goes on purpose, and then that it is gone.
func (c *Cluster) bye(ctx context.Context) error {
	if c.roster.own().state != Draining {
		c.SetState(Draining)
	}
	sent, cancel := context.WithTimeout(ctx, sendTimeout)
	c.awaitSent(sent)
	cancel()
	c.halt()
	if c.roster.peers() == 0 {
		return nil
	}
	left := leaveTimeout
	if until, ok := ctx.Deadline(); ok {
		left = max(min(left, time.Until(until)), time.Millisecond)
	}
	err := c.list.Leave(left)
	timer := time.NewTimer(linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	if err != nil {
		return fmt.Errorf("leave the cluster: %w", err)
	}
	return nil
}

// awaitSent waits until the last change was sent; that it was not is no reason to stay.
func (c *Cluster) awaitSent(ctx context.Context) {
	for {
		wake := c.announcing.wake.wait()
		c.mu.Lock()
		done := c.announcing.sent == c.announcing.want
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return
		}
	}
}

// halt ends this package's goroutines; memberlist still answers.
func (c *Cluster) halt() {
	select {
	case <-c.done:
		return
	default:
	}
	close(c.done)
	c.cancel()
	c.feed.close()
	c.group.Wait()
	c.mu.Lock()
	instancers := slices.Collect(maps.Values(c.instancers))
	c.mu.Unlock()
	for _, i := range instancers {
		i.wait()
	}
}

// end closes the port. The announcer may still wait for a message to be sent; one that says that this node has left takes
// its place, and reaches nobody when the port is closed.
func (c *Cluster) end() {
	c.halt()
	if c.transport != nil {
		_ = c.transport.Shutdown()
	}
	if c.list != nil {
		_ = c.list.Leave(time.Millisecond) // nobody hears it
		c.announcer.Wait()
		_ = c.list.Shutdown()
	}
	c.lines.stop()
}
