package wire_test

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// memory is a network of pipes, for tests in which the time is the test's own.
type memory struct {
	t      *testing.T
	server *side
	client *side
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNet(t *testing.T) *memory {
	t.Helper()
	return &memory{t: t, server: newSide(t), client: newSide(t), conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (m *memory) Accept() (net.Conn, error) {
	select {
	case nc := <-m.conns:
		return nc, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.TCPAddr{} }

// connect is both ends of a connection.
func (m *memory) connect(context.Context, string, string) (net.Conn, error) {
	a, b := net.Pipe()
	select {
	case m.conns <- b:
		return a, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) serve(h wire.Handler, with ...func(*wire.ServerParams)) *wire.Server {
	p := wire.ServerParams{Handler: h, Hello: serverHello, Limits: wire.DefaultLimits(), Log: m.server.logger(), Metrics: m.server.metrics}
	for _, w := range with {
		w(&p)
	}
	s, err := wire.NewServer(p)
	require.NoError(m.t, err)
	s.Start(m, func(error) {})
	m.t.Cleanup(func() { s.Close() })
	return s
}

func (m *memory) params() wire.DialParams {
	p := dialParams(m.client, "memory")
	p.Dial = m.connect
	return p
}

func (m *memory) dial() *wire.Conn {
	c, err := wire.Dial(m.t.Context(), m.params())
	require.NoError(m.t, err)
	m.t.Cleanup(func() { c.Close() })
	return c
}

// answer shakes hands as an acceptor and gives the connection.
func (m *memory) answer() net.Conn {
	nc, err := m.Accept()
	require.NoError(m.t, err)
	_, err = io.ReadFull(nc, make([]byte, len(wire.Opening(clientHello()))))
	require.NoError(m.t, err)
	_, err = nc.Write(wire.Opening(serverHello()))
	require.NoError(m.t, err)
	m.t.Cleanup(func() { nc.Close() })
	return nc
}

// greet shakes hands as a dialer.
func greet(t *testing.T, nc net.Conn) {
	t.Helper()
	_, err := nc.Write(wire.Opening(clientHello()))
	require.NoError(t, err)
	_, err = io.ReadFull(nc, make([]byte, len(wire.Opening(serverHello()))))
	require.NoError(t, err)
}
