package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// conn is a client's connection, which knows what becomes of requests that no handler sees.
type conn struct {
	net.Conn
	server  *Server
	release func()

	// answering says that a handler is in charge, and not net/http.
	answering atomic.Bool
	// idle says that nothing of a request has come yet since the last answer.
	idle atomic.Bool
	// unbounded reads are those by which net/http watches a client while a handler works: what comes is not for now.
	// woken ones are ended by a deadline that is over, and no client is late.
	unbounded, woken atomic.Bool
	// late is set once a deadline was missed: the connection is lost then, and counted once.
	late atomic.Bool
	// framing is of the request whose headers are arriving. Nobody else reads or asks meanwhile.
	framing framing
}

type connKey struct{}

// withConn lets a request find its connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf returns a request's connection, nil for one that came without, as in a test.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// changed follows net/http. It says idle after every answer that keeps the connection.
func changed(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.framing = framing{}
		c.answering.Store(false)
		c.idle.Store(true)
	}
}

// Read returns what the client sent.
func (c *conn) Read(p []byte) (int, error) {
	heading := !c.answering.Load() && !c.unbounded.Load()
	n, err := c.Conn.Read(p)
	if n > 0 && heading {
		c.idle.Store(false)
		c.framing.look(p[:n])
	}
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) && !c.woken.Load() {
		switch {
		case !heading:
			c.tooLate(bodyTimeout)
		case !c.idle.Load(): // idle connections end like this
			c.tooLate(readHeaderTimeout)
		}
	}
	return n, err
}

// Write sends an answer: a handler's, or what net/http has to say by itself.
func (c *conn) Write(p []byte) (int, error) {
	if !c.answering.Load() {
		return c.speak(p)
	}
	n, err := c.Conn.Write(p)
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.tooLate(writeTimeout)
	}
	return n, err
}

func (c *conn) tooLate(l limit) {
	if !c.late.Swap(true) {
		c.server.refused.count(l)
	}
}

// y2k tells deadlines of ours from those of net/http that were over long ago, in seconds.
const y2k = 946_684_800

// SetReadDeadline bounds how long the next bytes may take.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.unbounded.Store(t.IsZero())
	c.woken.Store(!t.IsZero() && t.Unix() < y2k)
	return c.Conn.SetReadDeadline(t)
}

// CloseWrite lets net/http end an answer to a client that is still sending without losing it on the way.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close ends the connection and lets the next one in.
func (c *conn) Close() error {
	defer c.release() // afterwards, so that there are never more open than may be
	return c.Conn.Close()
}
