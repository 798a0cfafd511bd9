package wire

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// lastRead is how long a peer has to close after we said that nothing follows.
const lastRead = time.Second

// link is a connection as both sides see it: frames in, frames out, a watch, and one end for all.
type link struct {
	nc      net.Conn
	in      *reader
	out     *writer
	limits  Limits
	metrics *Metrics
	// epoch is what heard counts from, in nanoseconds.
	epoch time.Time
	heard atomic.Int64

	gone  chan struct{}
	once  sync.Once
	cause error
	// helpers are the goroutines of the writer and the watch.
	helpers sync.WaitGroup
}

func newLink(nc net.Conn, limits Limits, m *Metrics) *link {
	l := &link{nc: nc, limits: limits, metrics: m, epoch: time.Now(), gone: make(chan struct{})}
	l.in = newReader(ear{l})
	l.out = &writer{
		nc: nc, limit: limits.Pending, metrics: m, broken: l.fail, gone: l.gone, epoch: l.epoch,
		wake: make(chan struct{}, 1), large: make(chan struct{}, maxLarge),
	}
	return l
}

// start lets the link write and watch; reading is its owner's.
func (l *link) start() {
	l.heard.Store(int64(time.Since(l.epoch)))
	l.helpers.Go(l.out.run)
	l.helpers.Go(l.watch)
}

// fail ends the link, for the first reason given.
func (l *link) fail(err error) {
	l.once.Do(func() {
		l.cause = err
		l.out.fail(err)
		l.nc.Close() //nolint:errcheck // nobody is left to tell
		close(l.gone)
	})
}

// ear is the network as it is read: it keeps when the peer was heard last.
type ear struct{ l *link }

func (e ear) Read(p []byte) (int, error) {
	n, err := e.l.nc.Read(p)
	if n > 0 {
		e.l.heard.Store(int64(time.Since(e.l.epoch)))
		e.l.out.unheard.Store(0)
		e.l.metrics.in.Add(float64(n))
	}
	return n, err
}

// reasonOf returns the reason that an end is counted under, "" for one that is nobody's fault.
func reasonOf(err error) string {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.reason
	}
	// A connection that is found closed was closed by this side's own Close.
	for _, fine := range []error{errClosed, net.ErrClosed, io.ErrClosedPipe, io.EOF} {
		if errors.Is(err, fine) {
			return ""
		}
	}
	return reasonBroken
}
