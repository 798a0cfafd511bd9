package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Concurrency limits how many requests one target, a module or a service, has at once, by what the target bears: see the
// package comment. It is safe for concurrent use and starts nothing.
type Concurrency struct {
	params Params

	mu       sync.Mutex
	adaptive adaptive
	// room is how many there may be at once for a request of the class to join them; it follows the limit.
	room     [Classes]int
	inFlight int
	queue    queue
	totals   Totals
}

// NewConcurrency returns a limit that nobody has used. Its error is that of Params.Validate.
func NewConcurrency(p Params) (*Concurrency, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	c := &Concurrency{params: p, adaptive: newAdaptive(p, time.Now())}
	c.follow()
	return c, nil
}

// Acquire asks for a request to be made. It returns a ticket, whose Done must be called, at once where there is room for
// the class, or after waiting for it up to Params.Wait. The error is a *Refused, or wraps that of a context that ended first;
// ctx is not looked at where there is nothing to wait for. A class that there is none of is Anonymous.
func (c *Concurrency) Acquire(ctx context.Context, class Class) (Ticket, error) {
	class = class.known()
	now := time.Now()
	c.mu.Lock()
	if c.inFlight < c.room[class] {
		t := c.admit(class, now)
		c.mu.Unlock()
		return t, nil
	}
	if c.params.Queue == 0 || c.params.Wait == 0 {
		defer c.mu.Unlock()
		return Ticket{}, c.refuse(class)
	}
	w := &waiter{class: class, done: make(chan struct{})}
	if out := c.queue.add(w, c.params.Queue); out != nil {
		close(out.done)
	}
	c.mu.Unlock()
	return c.wait(ctx, w)
}

// wait waits for the turn of a request that is in the queue, or was.
func (c *Concurrency) wait(ctx context.Context, w *waiter) (Ticket, error) {
	timer := time.NewTimer(c.params.Wait)
	defer timer.Stop()
	var err error
	select {
	case <-w.done:
	case <-timer.C:
	case <-ctx.Done():
		err = fmt.Errorf("wait for a turn: %w", ctx.Err())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.remove(w)
	if w.ticket.of != nil {
		return w.ticket, nil // its turn may have come together with its end
	}
	if err != nil {
		c.totals.Left++
		return Ticket{}, err
	}
	return Ticket{}, c.refuse(w.class)
}

// refuse counts a refusal. The caller holds mu.
func (c *Concurrency) refuse(class Class) error {
	c.totals.Refused[class]++
	return refused(class, c.adaptive.whole())
}

// admit begins a request. The caller holds mu.
func (c *Concurrency) admit(class Class, now time.Time) Ticket {
	t := Ticket{of: c, began: now}
	t.window, t.watched = c.adaptive.admit(c.inFlight, now)
	c.inFlight++
	c.totals.Admitted[class]++
	return t
}

// follow has the rooms follow the limit. The caller holds mu.
func (c *Concurrency) follow() {
	for class, share := range c.params.Shares {
		c.room[class] = max(int(c.adaptive.limit*share), 1)
	}
}

// call has those who wait begin, as far as there is room. The caller holds mu.
func (c *Concurrency) call(now time.Time) {
	for w := c.queue.next(); w != nil && c.inFlight < c.room[w.class]; w = c.queue.next() {
		c.queue.remove(w)
		w.ticket = c.admit(w.class, now)
		close(w.done)
	}
}
