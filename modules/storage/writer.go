package storage

import (
	"context"
	"errors"
	"runtime"
	"time"

	codes "modernc.org/sqlite/lib"
)

// errExited is the error of the members of a transaction whose last function called runtime.Goexit, which a failed
// assertion does in a test.
var errExited = errors.New("a write function ended its goroutine")

// writer is the one goroutine that writes to a database.
type writer struct {
	db *DB
	tx *transaction
	// gathered[next:] wait for their turn; members are in the present transaction.
	gathered, members []*request
	next              int
	began             time.Time
	ended             bool
	stopped           chan struct{} // closed when the queue is closed and all its writes are settled
}

func newWriter(d *DB, tx *transaction) *writer {
	return &writer{
		db: d, tx: tx,
		gathered: make([]*request, 0, d.batch), members: make([]*request, 0, d.batch),
		stopped: make(chan struct{}),
	}
}

// loop runs transactions until the queue is closed and empty. ctx must not end before.
func (w *writer) loop(ctx context.Context) {
	defer func() {
		if w.ended {
			close(w.stopped)
			return
		}
		// This goroutine is being ended by the function it ran; another takes over.
		w.conclude(ctx, errExited)
		go w.loop(ctx)
	}()
	for w.gather() {
		w.db.standStill()
		w.transact(ctx)
	}
	w.ended = true
}

// gather waits for a request, takes all others that are there, and reports false at the end of the queue. It never
// waits for a second, but lets those that were just settled run first: most come back with their next write, and at
// 16 callers that makes the transactions twice as large.
func (w *writer) gather() bool {
	if w.next < len(w.gathered) {
		return true
	}
	runtime.Gosched()
	first, ok := <-w.db.queue
	if !ok {
		return false
	}
	w.gathered, w.next = append(w.gathered[:0], first), 0
	for len(w.gathered) < w.db.batch {
		select {
		case r, ok := <-w.db.queue:
			if !ok {
				return true
			}
			w.gathered = append(w.gathered, r)
		default:
			return true
		}
	}
	return true
}

// transact runs the gathered requests in one transaction. Those it did not come to, because the transaction was lost
// before, are left for the next.
func (w *writer) transact(ctx context.Context) {
	r := w.enrol()
	if r == nil {
		return
	}
	// A single member is undone with the whole transaction and needs no savepoint.
	alone := w.next == len(w.gathered)
	w.began = time.Now()
	fatal := w.begin(ctx)
	if fatal != nil {
		for w.enrol() != nil { // what keeps one from beginning keeps all
		}
	}
	for fatal == nil && r != nil {
		if r.err, fatal = w.tx.member(ctx, r, alone); fatal == nil {
			r = w.enrol()
		}
	}
	w.conclude(ctx, fatal)
}

func (w *writer) begin(ctx context.Context) error {
	if err := w.db.corrupt.Load(); err != nil {
		return *err
	}
	err := w.tx.begin(ctx)
	if code(err)&0xff == codes.SQLITE_BUSY {
		return w.db.busy(err)
	}
	return err
}

// enrol makes the next request whose caller still waits a member, and returns nil when there is none.
func (w *writer) enrol() *request {
	for w.next < len(w.gathered) {
		r := w.gathered[w.next]
		w.gathered[w.next] = nil
		w.next++
		if r.claim() {
			w.members = append(w.members, r)
			return r
		}
	}
	return nil
}

// conclude ends the transaction and tells its members. With a fatal error, or when no member succeeded, it is rolled
// back; members without an error of their own share the error of the transaction.
func (w *writer) conclude(ctx context.Context, fatal error) {
	good := 0
	for _, r := range w.members {
		if r.err == nil {
			good++
		}
	}
	m, err := w.db.metrics, fatal
	if err == nil && good > 0 {
		err = w.tx.commit(ctx)
	} else {
		w.tx.rollback(ctx)
	}
	switch {
	case err != nil:
		m.lost.Add(float64(good))
	case good > 0:
		w.db.hasRoom()
		m.commits.Inc()
		m.committed.Add(float64(good))
	}
	m.failed.Add(float64(len(w.members) - good))
	m.batch.Observe(float64(len(w.members)))
	m.commit.Observe(time.Since(w.began).Seconds())
	for i, r := range w.members {
		if r.err == nil {
			r.err = err
		}
		r.committed()
		r.begun = w.began
		w.members[i] = nil
		r.settle()
	}
	w.members = w.members[:0]
}
