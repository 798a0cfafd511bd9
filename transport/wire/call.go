package wire

import (
	"context"

	"holon/transport/status"
)

// waiter is a call that waits for its answer. Whoever takes it out of the table, reader or caller, has it alone.
type waiter struct {
	done chan struct{}
	body []byte
	err  error
	// head is the call's header as it is sent.
	head []byte
	// begin is where in the stream the frame lies that makes the call run; the writer's lock guards it.
	begin uint64
}

// Call asks and waits for the answer, which decode reads; body is valid only until decode returns. Its error is what
// decode returns, a *status.Error (the owner's answer, or the end of ctx), *NotSentError or *LostError.
func (c *Conn) Call(ctx context.Context, r *Request, decode func(body []byte) error) error {
	if err := ctx.Err(); err != nil {
		return status.From(err)
	}
	w := c.waiter()
	id, err := c.send(ctx, r, w)
	if err != nil {
		c.done(w)
		return err
	}
	select {
	case <-w.done:
	case <-ctx.Done():
		if c.take(id) != nil {
			c.out.post(kindCancel, id, nil)
			c.done(w)
			return status.From(ctx.Err())
		}
		<-w.done // the answer has just come
	}
	if err = w.err; err == nil {
		err = decode(w.body)
	}
	c.done(w)
	return err
}

// done gives a waiter back that nobody else has.
func (c *Conn) done(w *waiter) {
	w.body, w.head, w.err = recycled(w.body), recycled(w.head), nil
	c.waiters.Put(w)
}

// answer wakes the caller. The waiter is out of the table.
func (w *waiter) answer(err error) {
	w.err = err
	w.done <- struct{}{}
}
