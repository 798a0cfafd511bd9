package rpc

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"holon/transport/balance"
	"holon/transport/wire"
)

// peer is another node, and the connection to it, which all its modules share.
type peer struct {
	remote   *Remote
	key      string
	instance balance.Instance
	// users counts the modules that have it as an instance, under the remote's lock.
	users int

	mu   sync.Mutex
	conn *wire.Conn
	// going are connections that finish what is under way on them.
	going map[*wire.Conn]bool
	// dialing is closed when the dial that is under way is over; nil while there is none.
	dialing chan struct{}
	// failed is how the last dial failed, and until when nobody tries again; since is when one succeeded.
	failed       error
	until, since time.Time
	row          int
	closed       bool
	// dials are those under way, which Close waits for; stop ends them.
	dials sync.WaitGroup
	stop  context.CancelFunc
}

const (
	// dialTimeout bounds one attempt to connect, dialPause is how long after a failed one nobody tries again, twice as long
	// each time up to longestDialPause: a node that is down is not to be knocked at by every call.
	dialTimeout      = time.Second
	dialPause        = 50 * time.Millisecond
	longestDialPause = time.Second
)

// connection returns one that takes calls, dialing where there is none. One dial serves all who wait.
func (p *peer) connection(ctx context.Context, until time.Time) (*wire.Conn, error) {
	for {
		p.mu.Lock()
		if c := p.conn; c != nil && usable(c) {
			p.mu.Unlock()
			return c, nil
		}
		switch {
		case p.closed:
			p.mu.Unlock()
			return nil, errGone
		case p.conn != nil && time.Since(p.since) < dialPause:
			p.failed, p.until = errShort, p.since.Add(dialPause)
			p.drop()
			fallthrough
		case p.dialing == nil && time.Now().Before(p.until):
			err := p.failed
			p.mu.Unlock()
			return nil, err
		case p.dialing == nil:
			p.dial()
		}
		dialing := p.dialing
		p.mu.Unlock()
		if err := awaitDial(ctx, dialing, until); err != nil {
			return nil, err
		}
		p.mu.Lock()
		conn, err := p.conn, p.failed
		p.mu.Unlock()
		if conn == nil && err != nil {
			return nil, err
		}
	}
}

// awaitDial waits for a dial that is under way, no longer than the patience of a call.
func awaitDial(ctx context.Context, dialing <-chan struct{}, until time.Time) error {
	if until.IsZero() { // of a call that does not wait, for which a dial is no waiting
		until = time.Now().Add(dialTimeout)
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-dialing:
		return nil
	case <-timer.C:
		return errSlow
	case <-ctx.Done():
		return errLeft
	}
}

func usable(c *wire.Conn) bool {
	select {
	case <-c.Done():
		return false
	default:
		return !c.Going()
	}
}

// dial connects in the background, for all who wait. The caller holds mu.
func (p *peer) dial() {
	done := make(chan struct{})
	p.dialing = done
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	p.stop = cancel
	p.drop()
	p.dials.Go(func() {
		conn, err := p.remote.params.Dial(ctx, p.instance)
		cancel()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dialing, p.failed = nil, err
		switch {
		case err != nil:
			p.until = time.Now().Add(min(dialPause<<min(p.row, 10), longestDialPause))
			p.row++
		case p.closed:
			p.dials.Go(func() { _ = conn.Close() }) // nobody has used it
		default:
			p.conn, p.row, p.since = conn, 0, time.Now()
		}
		close(done)
	})
}

// drop retires the connection that there is. The caller holds mu.
func (p *peer) drop() {
	if old := p.conn; old != nil {
		p.conn = nil
		p.retire(old)
	}
}

// retire lets a connection that is going away finish what is under way on it: the other side closes it then. The caller
// holds mu.
func (p *peer) retire(c *wire.Conn) {
	if p.going == nil {
		p.going = make(map[*wire.Conn]bool)
	}
	p.going[c] = true
	p.dials.Go(func() {
		<-c.Done()
		_ = c.Close() // it has ended already
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.going, c)
	})
}

// finish lets a connection that nobody will use any more finish the calls that are under way: service discovery may be wrong
// about a node that it calls gone, and the connection finds out by itself when it is right.
func (r *Remote) finish(c *wire.Conn) {
	look := time.NewTicker(lookAtGone)
	defer look.Stop()
	for c.InFlight() > 0 {
		select {
		case <-look.C:
		case <-c.Done():
			return
		case <-r.stopping:
			return
		}
	}
}

// lookAtGone is how often the connection to an instance that is gone is looked at.
const lookAtGone = 50 * time.Millisecond

// leaving is one module's use of a peer.
type leaving struct{ *peer }

// Close closes the connection when no module uses it any more.
func (l leaving) Close() error {
	p, r := l.peer, l.remote
	r.mu.Lock()
	p.users--
	last := p.users == 0
	if last && r.peers[p.key] == p {
		delete(r.peers, p.key)
	}
	r.mu.Unlock()
	if !last {
		return nil
	}
	p.mu.Lock()
	p.closed = true
	if p.stop != nil {
		p.stop()
	}
	conns := slices.Collect(maps.Keys(p.going))
	if p.conn != nil {
		conns = append(conns, p.conn)
		p.conn = nil
	}
	p.mu.Unlock()
	var errs []error
	for _, c := range conns {
		r.finish(c)
		errs = append(errs, c.Close())
	}
	p.dials.Wait()
	return errors.Join(errs...)
}
