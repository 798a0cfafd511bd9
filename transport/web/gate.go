package web

import (
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
)

// gate is a listener that lets so many connections in at once, and so many of one address. Those over the second limit
// are closed. Of those over the first, one is held and the others wait in the socket.
type gate struct {
	net.Listener
	server *Server
	// shares is nil without a limit.
	shares *perAddress

	closed chan struct{}
	close  func() error
}

func newGate(ln net.Listener, s *Server) *gate {
	g := &gate{Listener: ln, server: s, closed: make(chan struct{})}
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
	for {
		c, err := g.Listener.Accept()
		if err != nil {
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
		if g.server.tls != nil {
			c = tls.Server(c, g.server.tls) // the first read shakes hands, within the time that headers have
		}
		slot := g.enter()
		g.server.opened()
		return &conn{Conn: c, server: g.server, release: sync.OnceFunc(func() {
			if g.shares != nil {
				g.shares.give(addr)
			}
			if slot {
				<-g.server.slots
			}
			g.server.closed()
		})}, nil
	}
}

// Close lets nobody in any more. Connections that are inside stay.
func (g *gate) Close() error { return g.close() }

// enter waits for a slot, and reports whether it took one. It waits with a client in its hands, so that what is counted
// are clients that wait, and not a server that has just enough. When the server stops, that client goes in without: it
// has been accepted, and nobody else will answer it.
func (g *gate) enter() bool {
	slots := g.server.slots
	if slots == nil {
		return false
	}
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	g.server.meetsFull(g.Addr())
	select {
	case slots <- struct{}{}:
		return true
	case <-g.closed:
		return false
	}
}
