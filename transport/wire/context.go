package wire

import (
	"context"
	"sync"
	"time"
)

// callContext is the context of a handler. It carries the caller's deadline and wish to stop and no values. Most
// handlers of short calls never wait for its end, so the machinery for that, with its timer, is made when somebody
// first asks for Done. From then on it is the standard library's, which derives contexts without goroutines.
type callContext struct {
	deadline time.Time // zero for none

	mu     sync.Mutex
	inner  context.Context
	cancel context.CancelFunc
	err    error
}

func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, !c.deadline.IsZero() }

func (c *callContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		// The caller's own context is on another node: this is where the work begins here.
		if c.deadline.IsZero() {
			c.inner, c.cancel = context.WithCancel(context.Background())
		} else {
			c.inner, c.cancel = context.WithDeadline(context.Background(), c.deadline)
		}
		if c.err != nil {
			c.cancel()
		}
	}
	return c.inner.Done()
}

func (c *callContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.err != nil:
	case c.inner != nil:
		c.err = c.inner.Err()
	case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
		c.err = context.DeadlineExceeded
	}
	return c.err
}

// Value shows contexts that derive from this one where to hang on.
func (c *callContext) Value(key any) any {
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner == nil {
		return nil
	}
	return inner.Value(key)
}

// end tells the handler, and what it has started, to stop.
func (c *callContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inner != nil:
		c.cancel()
	case c.err == nil:
		c.err = context.Canceled
	}
}

var _ context.Context = (*callContext)(nil)
