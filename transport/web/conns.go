package web

import (
	"net"
	"net/netip"
	"sync"
)

// perAddress closes connections of a client that has too many open.
type perAddress struct {
	net.Listener
	max int

	mu   sync.Mutex
	open map[netip.Addr]int
}

func limitPerAddress(ln net.Listener, limit int) net.Listener {
	return &perAddress{Listener: ln, max: limit, open: make(map[netip.Addr]int)}
}

// Accept returns the next connection of a client that may have one more.
func (p *perAddress) Accept() (net.Conn, error) {
	for {
		c, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := clientAddr(c)
		if p.take(addr) {
			return &countedConn{Conn: c, release: sync.OnceFunc(func() { p.give(addr) })}, nil
		}
		_ = c.Close() // refused: there is nothing to add to a failure of closing it
	}
}

func (p *perAddress) take(a netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a] >= p.max {
		return false
	}
	p.open[a]++
	return true
}

func (p *perAddress) give(a netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open[a]--; p.open[a] == 0 {
		delete(p.open, a)
	}
}

// clientAddr is the address connections are counted by; a /64 is one client in IPv6.
func clientAddr(c net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	a := ap.Addr().Unmap()
	if a.Is6() {
		if prefix, err := a.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return a
}

type countedConn struct {
	net.Conn
	release func()
}

func (c *countedConn) Close() error {
	c.release()
	return c.Conn.Close()
}
