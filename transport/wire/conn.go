package wire

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
)

// DialParams are what a connection needs. Expect names the process that should answer; empty fields take any.
type DialParams struct {
	Addr   string
	Expect Expect
	// Hello is what this node tells of itself.
	Hello func() Hello
	// Check decides whether the peer suits; nil takes any.
	Check func(Hello) error
	// Dial connects, by TLS where that is wanted.
	Dial    func(ctx context.Context, network, addr string) (net.Conn, error)
	Limits  Limits
	Log     *slog.Logger
	Metrics *Metrics
}

// Expect is a process by its node and boot.
type Expect struct{ Node, Boot string }

// Conn is a connection on which this node makes calls. It is safe for use by many goroutines.
type Conn struct {
	*link
	peer  Hello
	name  string // of the peer, for errors
	log   *slog.Logger
	going atomic.Bool
	open  atomic.Int64

	// mu guards the table of calls; it may be locked under the writer's, never the other way round.
	mu    sync.Mutex
	calls map[uint64]*waiter
	last  uint64 // the id given out last; the writer's lock guards it, since ids grow in the order of frames

	waiters sync.Pool
	reading sync.WaitGroup
}

// Dial connects and shakes hands. Its errors are *NotSentError.
func Dial(ctx context.Context, p DialParams) (*Conn, error) {
	if err := p.validate(); err != nil {
		return nil, &NotSentError{Peer: p.Addr, Why: WhyDial, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, p.Limits.Handshake)
	defer cancel()
	nc, err := p.Dial(ctx, "tcp", p.Addr)
	if err != nil {
		return nil, &NotSentError{Peer: p.Addr, Why: WhyDial, Err: err}
	}
	c := &Conn{link: newLink(nc, p.Limits, p.Metrics), log: p.Log, calls: make(map[uint64]*waiter)}
	if why, err := c.greet(ctx, p); err != nil {
		nc.Close() //nolint:errcheck // the first error is the one to tell
		return nil, &NotSentError{Peer: p.Addr, Why: why, Err: err}
	}
	c.name = c.peer.String() + "@" + p.Addr
	p.Metrics.dialed.Add(1)
	c.start()
	c.reading.Go(c.read)
	return c, nil
}

func (p DialParams) validate() error {
	if p.Hello == nil || p.Dial == nil || p.Log == nil || p.Metrics == nil {
		return errors.New("a connection needs Hello, Dial, Log and Metrics")
	}
	return p.Limits.Validate()
}

// Peer returns what the other side told of itself.
func (c *Conn) Peer() Hello { return c.peer }

// InFlight returns how many calls wait for an answer.
func (c *Conn) InFlight() int { return int(c.open.Load()) }

// Going reports whether the peer has said that it goes away: new calls fail at once.
func (c *Conn) Going() bool { return c.going.Load() }

// Done is closed when the connection has ended, for whatever reason.
func (c *Conn) Done() <-chan struct{} { return c.gone }

// Err returns why the connection has ended, nil before.
func (c *Conn) Err() error {
	select {
	case <-c.gone:
		return c.cause
	default:
		return nil
	}
}

// Close ends the connection; calls in flight are lost. It returns when nothing of the connection runs any more.
func (c *Conn) Close() error {
	c.fail(errClosed)
	c.reading.Wait()
	return nil
}
