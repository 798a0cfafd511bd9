package wire

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"holon/transport/status"
)

// send writes the call or queues it. After an error the waiter is the caller's; without one it is in the table, or
// already answered.
func (c *Conn) send(ctx context.Context, r *Request, w *waiter) (id uint64, err error) {
	left := unlimited
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Until(deadline), 0)
	}
	// The header is written behind room for its own length, which then fits in front of it.
	w.head = appendHeader(append(w.head[:0], make([]byte, binary.MaxVarintLen32)...), r, left)
	header := len(w.head) - binary.MaxVarintLen32
	from := binary.MaxVarintLen32 - varintLen(uint64(header))
	binary.PutUvarint(w.head[from:], uint64(header))
	head := w.head[from:]
	if header > maxHeader || len(head)+len(r.Body) > MaxMessage {
		return 0, status.New(status.TooLarge, "message_too_large", "a call of %d bytes, at most %d may be sent", len(head)+len(r.Body), MaxMessage)
	}
	if len(head)+len(r.Body) > maxPayload {
		return c.sendLarge(ctx, head, r.Body, w)
	}
	if err := c.lock(ctx, c.limits.Pending); err != nil {
		return 0, err
	}
	id, err = c.register(w)
	if err != nil {
		c.out.unlock(true)
		return 0, err
	}
	w.begin = c.out.position()
	b := appendHead(c.out.pending, kindCall, id, len(head)+len(r.Body))
	c.out.pending = append(append(b, head...), r.Body...)
	c.out.unlock(true)
	return id, nil
}

// sendLarge writes a call in chunks and lets others in between.
func (c *Conn) sendLarge(ctx context.Context, head, body []byte, w *waiter) (id uint64, err error) {
	select {
	case c.out.large <- struct{}{}:
		defer func() { <-c.out.large }()
	case <-ctx.Done():
		return 0, status.From(ctx.Err())
	case <-c.gone:
		return 0, c.notSent(WhyDown, c.cause)
	}
	var p pieces
	for ended := false; !ended; {
		if err := c.lock(ctx, largeRoom); err != nil {
			return c.giveUp(id, err)
		}
		switch {
		case id == 0:
			if id, err = c.register(w); err != nil {
				c.out.unlock(false)
				return 0, err
			}
			w.begin = math.MaxUint64 // nothing runs before the last piece
			p = newPieces(id, head, body)
		case !c.waiting(id):
			// Answered before it was sent: refused. The cancel ends the message; the answer is there.
			c.out.unlock(false)
			c.out.post(kindCancel, id, nil)
			return id, nil
		}
		position := c.out.position()
		c.out.pending, ended = p.append(c.out.pending, kindCall)
		if ended {
			w.begin = position
		}
		c.out.unlock(false)
	}
	return id, nil
}

// giveUp ends a message in the middle, unless its answer has come.
func (c *Conn) giveUp(id uint64, err error) (uint64, error) {
	if id == 0 {
		return 0, err
	}
	c.out.post(kindCancel, id, nil)
	if c.take(id) == nil {
		return id, nil
	}
	return 0, err
}

// lock locks the writer when it has room.
func (c *Conn) lock(ctx context.Context, most int) error {
	ok, dead := c.out.lock(ctx.Done(), most)
	switch {
	case ok:
		return nil
	case dead != nil:
		return c.notSent(WhyDown, dead)
	default:
		return status.From(ctx.Err())
	}
}
