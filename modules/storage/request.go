package storage

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	"holon/transport/contract"
	"holon/transport/status"
)

// request is one write on its way to the writer and back. Whoever moves it out of waiting decides its fate: the
// writer by claiming it, the caller by leaving.
type request struct {
	db    *DB
	ctx   context.Context // what run gets: marked as a transaction's and without an end
	run   func(context.Context) error
	state atomic.Int32
	// queued is set by the caller, begun and err by the writer before it signals done.
	queued, begun time.Time
	err           error
	done          chan struct{}
	// turn counts how often run has ended: a context of an earlier turn belongs to no transaction any more.
	turn atomic.Uint64
	// after is what run wants done once it is committed.
	after []func()
}

const (
	waiting int32 = iota
	claimed
	abandoned
)

// claim reports whether the request is the writer's to run.
func (r *request) claim() bool { return r.state.CompareAndSwap(waiting, claimed) }

// abandon reports whether the caller may leave: the writer has not claimed the request and never will.
func (r *request) abandon() bool { return r.state.CompareAndSwap(waiting, abandoned) }

// settle tells the caller; the request is the caller's again.
func (r *request) settle() { r.done <- struct{}{} }

// call runs the function and turns a panic into its error.
func (r *request) call() (err error) {
	defer func() {
		r.turn.Add(1)
		if v := recover(); v != nil {
			err = status.Wrap(fmt.Errorf("panic in a write function: %v\n%s", v, debug.Stack()))
		}
	}()
	return r.run(r.ctx)
}

// submit queues r and waits for its outcome. It reports whether r may be used again: not when the caller left while r
// was queued, because then the writer still meets it.
func (d *DB) submit(ctx context.Context, r *request) (reusable bool, err error) {
	if contract.InTransaction(ctx) {
		return true, fmt.Errorf("write to the storage of %s: %w", d.module, ErrInTransaction)
	}
	if err := ctx.Err(); err != nil {
		return true, d.left(err)
	}
	if !d.gate.enter() {
		return true, d.notOpen()
	}
	defer d.gate.leave()

	// The transaction outlives the caller's patience, so it must not feel it.
	r.ctx = contract.WithinTransaction(context.WithoutCancel(ctx), member{r, r.turn.Load()})
	r.db, r.after = d, r.after[:0]
	r.state.Store(waiting)
	r.queued = time.Now()
	select {
	case d.queue <- r:
	default: // full
		select {
		case d.queue <- r:
		case <-ctx.Done():
			d.metrics.abandoned.Inc()
			return true, d.left(ctx.Err())
		}
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.abandon() {
			d.metrics.abandoned.Inc()
			return false, d.left(ctx.Err())
		}
		<-r.done
	}
	d.metrics.wait.Observe(r.begun.Sub(r.queued).Seconds())
	return true, d.explain(r.err)
}

// left wraps the context error of a caller whose function has not run.
func (d *DB) left(err error) error {
	return fmt.Errorf("write to the storage of %s was not begun: %w", d.module, err)
}
