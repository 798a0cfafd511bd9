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

	// phase is a phase.
	phase atomic.Uint32
	// timed says that somebody has set a deadline for the whole answer.
	timed atomic.Bool
	// framing is of the request whose headers are arriving. Nobody else reads or asks meanwhile.
	framing framing
}

type connKey struct{}

// withConn lets a request find its connection.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Secured reports whether a request came by TLS.
func Secured(r *http.Request) bool {
	c, ok := r.Context().Value(connKey{}).(*conn)
	return r.TLS != nil || ok && c.server.tls != nil
}

// OnLeaving has f called, once, when the server of a request wants to be rid of its clients (see Server.Lame), unless stop is
// called before.
func OnLeaving(ctx context.Context, f func()) (stop func() bool) {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return func() bool { return true }
	}
	return context.AfterFunc(c.server.leaving, f)
}

// connOf returns the connection of a request that came through a Server.
func connOf(ctx context.Context) *conn { return ctx.Value(connKey{}).(*conn) }

// changed follows net/http. It says idle after every answer that keeps the connection.
func changed(c net.Conn, state http.ConnState) {
	if c, ok := c.(*conn); ok && state == http.StateIdle {
		c.framing = framing{}
		c.to(idle)
	}
}

// Read returns what the client sent.
func (c *conn) Read(p []byte) (int, error) {
	at := c.now()
	n, err := c.Conn.Read(p)
	if n > 0 && (at == waiting || at == arriving) {
		c.to(arriving)
		c.framing.look(p[:n])
		at = arriving
	}
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		switch at {
		case arriving:
			c.met(readHeaderTimeout)
		case receiving:
			c.met(bodyTimeout)
		case idle, waiting, answering, over: // nobody is late
		}
	}
	return n, err
}

// Write sends an answer: a handler's, or what net/http has to say by itself. Without a deadline of its own it gets one
// for each piece, so that a handler may work as long as it likes, and a client that reads nothing keeps nobody.
func (c *conn) Write(p []byte) (int, error) {
	if !c.timed.Load() {
		_ = c.Conn.SetWriteDeadline(time.Now().Add(lineTime(int64(len(p))))) // the write says so
	}
	if c.now() < receiving {
		return c.speak(p)
	}
	n, err := c.Conn.Write(p)
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.met(writeTimeout)
	}
	return n, err
}

// SetReadDeadline bounds how long the next bytes may take.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.deadline(t.IsZero())
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline bounds how long the whole answer may take; net/http takes it off afterwards.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.timed.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
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
