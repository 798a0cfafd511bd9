package wire

import "errors"

var errFull = errors.New("too many calls are open on this connection")

// register gives the call its id and a place in the table. The caller holds the writer's lock.
func (c *Conn) register(w *waiter) (id uint64, err error) {
	if c.going.Load() {
		return 0, c.notSent(WhyGoing, errGoing)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.calls) >= c.limits.Calls {
		c.metrics.refuse(reasonCalls)
		return 0, c.notSent(WhyFull, errFull)
	}
	c.last++
	c.calls[c.last] = w
	c.open.Add(1)
	c.metrics.calling.Add(1)
	return c.last, nil
}

// take takes a call out of the table, nil when somebody else has.
func (c *Conn) take(id uint64) *waiter {
	c.mu.Lock()
	w := c.calls[id]
	if w != nil {
		delete(c.calls, id)
	}
	c.mu.Unlock()
	if w != nil {
		c.left(1)
	}
	return w
}

func (c *Conn) left(n int) {
	c.open.Add(-int64(n))
	c.metrics.calling.Add(-int64(n))
}

func (c *Conn) waiting(id uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls[id] != nil
}

// takeAll takes the calls out of the table that which names.
func (c *Conn) takeAll(which func(id uint64) bool) []*waiter {
	c.mu.Lock()
	var out []*waiter
	for id, w := range c.calls {
		if which(id) {
			out = append(out, w)
			delete(c.calls, id)
		}
	}
	c.mu.Unlock()
	c.left(len(out))
	return out
}

func (c *Conn) notSent(why string, err error) error {
	return &NotSentError{Peer: c.name, Why: why, Err: err}
}
