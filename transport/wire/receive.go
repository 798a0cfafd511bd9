package wire

import (
	"errors"
	"io"
	"time"
)

var (
	errGoing   = errors.New("the node is going away")
	errCrashed = refuse(reasonBroken, "the peer closed the connection without a word")
)

// read takes answers until the connection ends, and then ends the calls that are left.
func (c *Conn) read() {
	arriving := make(partials)
	for {
		f, err := c.in.next()
		if err == nil {
			err = c.receive(f, arriving)
		}
		if errors.Is(err, io.EOF) && !c.Going() {
			err = errCrashed
		}
		if err != nil {
			c.fail(err)
			break
		}
	}
	c.abandon()
	c.helpers.Wait()
	c.metrics.dialed.Add(-1)
	c.metrics.trouble(c.log, c.name, c.cause)
}

// receive takes one frame. An error ends the connection.
func (c *Conn) receive(f frame, arriving partials) error {
	switch f.kind {
	case kindReply:
		return c.reply(f, arriving)
	case kindChunk:
		return c.chunk(f, arriving)
	case kindError:
		return c.failed(f, arriving)
	case kindGoAway:
		c.goAway(f.id)
	case kindPing:
		c.out.post(kindPong, f.id, nil)
	case kindPong:
	default:
		return malformed("a frame of kind %d from an acceptor", f.kind)
	}
	return nil
}

// reply brings an answer to its caller; one who has left gets none.
func (c *Conn) reply(f frame, arriving partials) error {
	m := arriving[f.id]
	if m != nil {
		if err := arriving.end(f.id, m, f.payload); err != nil {
			return err
		}
	}
	w := c.take(f.id)
	switch {
	case w == nil:
		return nil
	case m == nil:
		w.body = append(w.body[:0], f.payload...)
	case m.wanted:
		w.body = m.body
	default:
		err := malformed("a reply to a call that was not made")
		w.answer(&LostError{Peer: c.name, Err: err})
		return err
	}
	w.answer(nil)
	return nil
}

func (c *Conn) chunk(f frame, arriving partials) error {
	total, piece, err := parseChunk(f.payload)
	if err != nil {
		return err
	}
	m := arriving[f.id]
	if m == nil {
		if m, err = arriving.begin(f.id, total, c.waiting(f.id), time.Time{}); err != nil {
			return err
		}
	}
	return m.add(total, piece)
}

// failed brings the owner's error to the caller, or the peer's reason to end the connection.
func (c *Conn) failed(f frame, arriving partials) error {
	e, notBegun, err := parseFailure(f.payload)
	switch {
	case err != nil:
		return err
	case f.id == 0:
		return e
	}
	delete(arriving, f.id)
	w := c.take(f.id)
	switch {
	case w == nil:
	case notBegun:
		w.answer(c.notSent(WhyRefused, e))
	default:
		w.answer(e)
	}
	return nil
}

// goAway ends the calls that the peer will not run and begins no others.
func (c *Conn) goAway(last uint64) {
	c.out.mu.Lock()
	c.going.Store(true)
	c.out.mu.Unlock()
	for _, w := range c.takeAll(func(id uint64) bool { return id > last }) {
		w.answer(c.notSent(WhyGoing, errGoing))
	}
	c.out.post(kindGoneAck, last, nil)
}

// abandon ends all calls of a dead connection: those that were never written can be made elsewhere.
func (c *Conn) abandon() {
	for _, w := range c.takeAll(func(uint64) bool { return true }) {
		if w.begin >= c.out.begun {
			w.answer(c.notSent(WhyDown, c.cause))
		} else {
			w.answer(&LostError{Peer: c.name, Err: c.cause})
		}
	}
}
