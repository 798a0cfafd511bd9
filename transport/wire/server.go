package wire

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Handler does the work of a call and writes the reply. r, its Body and reply are valid until it returns. ctx carries
// the caller's deadline and ends when the caller leaves, its connection dies, or the handler has returned.
type Handler func(ctx context.Context, r *Request, reply *bytes.Buffer) error

// ServerParams are what a server needs.
type ServerParams struct {
	Handler Handler
	// Hello is what this node tells of itself.
	Hello func() Hello
	// Check decides whether a peer may stay; nil takes any. The peer is told why not.
	Check func(Hello) error
	// Other takes over connections that do not open as this package's do, with nothing read of them; it returns soon.
	// Without it they are refused.
	Other   func(net.Conn)
	Limits  Limits
	Log     *slog.Logger
	Metrics *Metrics
}

// Server serves the calls of other nodes.
type Server struct {
	params  ServerParams
	workers *workers
	tasks   sync.Pool
	// held is what all calls take that arrive or are worked on, in bytes; inFlight is their number.
	held, inFlight atomic.Int64

	// mu guards what follows; no other lock is taken under it.
	mu       sync.Mutex
	ln       net.Listener
	conns    map[net.Conn]struct{} // accepted and not ended, peers or not
	peers    map[*peer]struct{}
	draining bool
	closed   bool
	// empty is closed when draining has ended the last peer.
	empty chan struct{}

	running sync.WaitGroup
}

// Peer is a node that calls this one.
type Peer struct {
	Hello    Hello
	Addr     string
	Since    time.Time
	InFlight int
}

// NewServer returns a server that Start starts.
func NewServer(p ServerParams) (*Server, error) {
	if p.Handler == nil || p.Hello == nil || p.Log == nil || p.Metrics == nil {
		return nil, errors.New("a wire server needs Handler, Hello, Log and Metrics")
	}
	if err := p.Limits.Validate(); err != nil {
		return nil, err
	}
	return &Server{
		params: p, workers: newWorkers(),
		conns: make(map[net.Conn]struct{}), peers: make(map[*peer]struct{}), empty: make(chan struct{}),
	}, nil
}

// Start accepts connections of ln, which it closes in the end. died is called once when accepting fails for good; it
// must not wait for the server.
func (s *Server) Start(ln net.Listener, died func(error)) {
	s.mu.Lock()
	s.ln = ln
	if s.draining || s.closed {
		s.closeListener()
	}
	s.mu.Unlock()
	s.running.Go(func() { s.accept(ln, died) })
}

// InFlight returns how many calls are being worked on.
func (s *Server) InFlight() int { return int(s.inFlight.Load()) }

// Connections returns the peers that are connected, in no order.
func (s *Server) Connections() []Peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Peer, 0, len(s.peers))
	for p := range s.peers {
		out = append(out, Peer{Hello: p.hello, Addr: p.nc.RemoteAddr().String(), Since: p.since, InFlight: int(p.open.Load())})
	}
	return out
}

// Close ends all connections, and the contexts of the handlers with them. It returns when nothing of the server runs
// any more, a handler neither.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.closeListener()
	for nc := range s.conns {
		nc.Close() //nolint:errcheck // its reader sees to the rest
	}
	s.mu.Unlock()
	s.running.Wait()
	s.workers.stop()
	return nil
}

// closeListener is called with mu held.
func (s *Server) closeListener() {
	if s.ln != nil {
		s.ln.Close() //nolint:errcheck // no more connections is what is wanted
	}
}
