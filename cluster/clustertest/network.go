package clustertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// errRefused is what a dial gets where nobody listens.
var errRefused = errors.New("connection refused")

// inbox is how many packets wait for a receiver before more are lost.
const inbox = 1024

// Network is a network in memory. Addresses are ip:port; each has one transport at a time.
type Network struct {
	mu    sync.Mutex
	hosts map[string]*Transport
	side  map[string]int // which side of a cut an address is on
	loss  float64
	nodes map[string]string // node address -> node~boot that answers probes there
}

// NewNetwork returns a network without hosts.
func NewNetwork() *Network {
	return &Network{hosts: make(map[string]*Transport), side: make(map[string]int), nodes: make(map[string]string)}
}

// Transport opens an address; it panics when the address is open already, which is a mistake of the test.
func (n *Network) Transport(addr string) *Transport {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts[addr] != nil {
		panic("address " + addr + " is taken")
	}
	t := &Transport{net: n, addr: addr, packets: make(chan *memberlist.Packet, inbox), streams: make(chan net.Conn), down: make(chan struct{})}
	n.hosts[addr] = t
	return t
}

// Cut parts the network: the given gossip addresses reach each other and none of the rest. Packets vanish, dials time out.
func (n *Network) Cut(addrs ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	cut := 1 + slices.Max(append(slices.Collect(maps.Values(n.side)), 0))
	for _, addr := range addrs {
		n.side[addr] = cut
	}
}

// Heal undoes all cuts.
func (n *Network) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.side)
}

// Lose makes the network lose that share of packets, 0 to 1. Streams are not touched.
func (n *Network) Lose(share float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.loss = share
}

// Answer makes node~boot answer probes at a node address; an empty name makes nobody answer there.
func (n *Network) Answer(addr, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.nodes[addr] = name
}

// Probe is a cluster.Probe: it reports whether that run answers at the node address.
func (n *Network) Probe(_ context.Context, addr, node, boot string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nodes[addr] == node+"~"+boot
}

// forget makes an address stop answering probes for a run, unless another one answers there by now.
func (n *Network) forget(addr, name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.nodes[addr] == name {
		delete(n.nodes, addr)
	}
}

// reach returns the transport at to as seen from an address, and whether the way there is open.
func (n *Network) reach(from, to string) (t *Transport, open bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.hosts[to], n.side[from] == n.side[to]
}

// Transport is one address of a network.
type Transport struct {
	net     *Network
	addr    string
	packets chan *memberlist.Packet
	streams chan net.Conn
	once    sync.Once
	down    chan struct{}
}

// Addr returns the address.
func (t *Transport) Addr() string { return t.addr }

// FinalAdvertiseAddr returns the address whatever was asked for.
func (t *Transport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	a, err := net.ResolveTCPAddr("tcp", t.addr)
	if err != nil {
		return nil, 0, err
	}
	return a.IP, a.Port, nil
}

// WriteTo sends a packet, which may be lost and never blocks.
func (t *Transport) WriteTo(b []byte, addr string) (time.Time, error) {
	now := time.Now()
	select {
	case <-t.down:
		return now, net.ErrClosed
	default:
	}
	to, open := t.net.reach(t.addr, addr)
	t.net.mu.Lock()
	lost := t.net.loss > 0 && rand.Float64() < t.net.loss
	t.net.mu.Unlock()
	if to == nil || !open || lost {
		return now, nil
	}
	select {
	case to.packets <- &memberlist.Packet{Buf: slices.Clone(b), From: address(t.addr), Timestamp: now}:
	default:
	}
	return now, nil
}

// PacketCh returns the packets that came.
func (t *Transport) PacketCh() <-chan *memberlist.Packet { return t.packets }

// DialTimeout opens a stream. Over a cut it fails after the time-out, where nobody listens at once.
func (t *Transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	to, open := t.net.reach(t.addr, addr)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	if !open {
		select {
		case <-timer.C:
		case <-t.down:
		}
		return nil, fmt.Errorf("dial %s: i/o timeout", addr)
	}
	if to == nil {
		return nil, fmt.Errorf("dial %s: %w", addr, errRefused)
	}
	here, there := net.Pipe()
	select {
	case to.streams <- stream{there, address(t.addr)}:
		return stream{here, address(addr)}, nil
	case <-to.down:
		return nil, fmt.Errorf("dial %s: %w", addr, errRefused)
	case <-timer.C:
		return nil, fmt.Errorf("dial %s: i/o timeout", addr)
	}
}

// StreamCh returns the streams that others opened.
func (t *Transport) StreamCh() <-chan net.Conn { return t.streams }

// Shutdown closes the address; another transport may take it.
func (t *Transport) Shutdown() error {
	t.once.Do(func() {
		t.net.mu.Lock()
		if t.net.hosts[t.addr] == t {
			delete(t.net.hosts, t.addr)
		}
		t.net.mu.Unlock()
		close(t.down)
	})
	return nil
}

type stream struct {
	net.Conn
	remote address
}

func (s stream) RemoteAddr() net.Addr { return s.remote }

type address string

func (a address) Network() string { return "memory" }
func (a address) String() string  { return string(a) }

var _ memberlist.Transport = (*Transport)(nil)
