package web_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// pipes is a listener in memory, so that a server's timers can be tested in a bubble of synctest.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// client is the other end of a connection.
type client struct {
	net.Conn
	t  *testing.T
	in *bufio.Reader
}

// dial connects from an address of nobody in particular.
func (p *pipes) dial(t *testing.T) *client { return p.dialFrom(t, "192.0.2.1:1234") }

func (p *pipes) dialFrom(t *testing.T, addr string) *client {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	p.conns <- addressed{theirs, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(addr))}
	return &client{Conn: ours, t: t, in: bufio.NewReader(ours)}
}

type addressed struct {
	net.Conn
	remote net.Addr
}

func (a addressed) RemoteAddr() net.Addr { return a.remote }

// send writes a part of a request.
func (c *client) send(s string) {
	c.t.Helper()
	_, err := io.WriteString(c, s)
	require.NoError(c.t, err)
}

// receive reads an answer to its end.
func (c *client) receive() (*http.Response, string) {
	c.t.Helper()
	r, err := http.ReadResponse(c.in, nil)
	require.NoError(c.t, err)
	body, err := io.ReadAll(r.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, r.Body.Close())
	return r, string(body)
}

// gone asserts that the server closes the connection without another byte.
func (c *client) gone() {
	c.t.Helper()
	_, err := c.in.ReadByte()
	require.ErrorIs(c.t, err, io.EOF)
}

// serve starts a server on pipes; the test must shut it down before its bubble ends.
func serve(t *testing.T, h http.Handler, l web.Limits) (*web.Server, *pipes) {
	t.Helper()
	s, p := web.NewServer(h, l, slog.New(slog.DiscardHandler)), newPipes()
	s.Start(p, func(err error) { t.Errorf("the server died: %v", err) })
	return s, p
}

// stop ends a server whose connections are idle or gone.
func stop(t *testing.T, s *web.Server) {
	t.Helper()
	require.NoError(t, s.Shutdown(t.Context()))
}
