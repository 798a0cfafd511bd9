package web

import (
	"net"
	"net/netip"
	"sync"
)

// perAddress counts the connections of each client.
type perAddress struct {
	max int

	mu   sync.Mutex
	open map[netip.Addr]int
}

func newPerAddress(limit int) *perAddress {
	return &perAddress{max: limit, open: make(map[netip.Addr]int)}
}

// take reports whether a client may have one more, which is then to be given back.
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
