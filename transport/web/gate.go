package web

import (
	"net"
	"net/netip"
	"sync"
)

// gate is a listener that lets so many connections in at once, and so many of one address. Those over the first limit
// wait in the socket, those over the second are closed.
type gate struct {
	net.Listener
	server *Server
	// slots is nil without a limit, shares as well.
	slots  chan struct{}
	shares *perAddress

	closed chan struct{}
	close  func() error
}

func newGate(ln net.Listener, s *Server) *gate {
	g := &gate{Listener: ln, server: s, closed: make(chan struct{})}
	if s.limits.MaxConns > 0 {
		g.slots = make(chan struct{}, s.limits.MaxConns)
	}
	if s.limits.MaxConnsPerAddress > 0 {
		g.shares = newPerAddress(s.limits.MaxConnsPerAddress)
	}
	g.close = sync.OnceValue(func() error {
		close(g.closed)
		return ln.Close()
	})
	return g
}

// Accept returns the next connection of a client that may have one more.
func (g *gate) Accept() (net.Conn, error) {
	if err := g.enter(); err != nil {
		return nil, err
	}
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			g.leave()
			return nil, err
		}
		var addr netip.Addr
		if g.shares != nil {
			if addr = clientAddr(c); !g.shares.take(addr) {
				g.server.refused.count(maxConnectionsPerAddress)
				_ = c.Close() // refused: there is nothing to add to a failure of closing it
				continue
			}
		}
		g.server.opened()
		return &conn{Conn: c, server: g.server, release: sync.OnceFunc(func() {
			if g.shares != nil {
				g.shares.give(addr)
			}
			g.leave()
			g.server.closed()
		})}, nil
	}
}

// Close lets nobody in any more. Connections that are inside stay.
func (g *gate) Close() error { return g.close() }

// enter waits for a slot.
func (g *gate) enter() error {
	if g.slots == nil {
		return nil
	}
	select {
	case g.slots <- struct{}{}:
		return nil
	default:
	}
	g.server.refused.count(maxConnections)
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-g.closed:
		return net.ErrClosed
	}
}

func (g *gate) leave() {
	if g.slots != nil {
		<-g.slots
	}
}
