package core

import (
	"context"
	"fmt"
	"time"
)

// stampEvery is how far the time on a shelf may lag behind that of the last answer, where an answer's age matters.
const stampEvery = time.Minute

// answer is what came of a question, for all who wait for it.
type answer struct {
	came chan struct{} // closed when err is settled
	err  error
}

func newAnswer() *answer { return &answer{came: make(chan struct{})} }

// run is the ring's goroutine.
func (r *ring) run(ctx context.Context) {
	defer close(r.done)
	for failures := 0; ; {
		r.begin()
		err := r.refresh(ctx)
		r.settle(err)
		failures = r.report(ctx, err, failures)
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-time.After(r.pause(failures)):
		}
	}
}

// report counts failures in a row. Only the first and the last are news.
func (r *ring) report(ctx context.Context, err error, failures int) int {
	switch {
	case ctx.Err() != nil:
	case err != nil && failures == 0 && r.loud:
		r.log.Warn("keys not refreshed", "err", err)
	case err != nil:
		r.log.Debug("keys not refreshed", "err", err)
	case failures > 0 && r.loud:
		r.log.Info("keys refreshed again")
	}
	if err != nil {
		return failures + 1
	}
	return 0
}

// await waits for the answer to the question that is under way, or else to a new one: many at once ask once.
func (r *ring) await(ctx context.Context) error {
	r.mu.Lock()
	next := r.next
	if !r.asked {
		r.asked = true
		r.wake <- struct{}{} // has room: it is emptied before asked is taken back
	}
	r.mu.Unlock()
	select {
	case <-next.came:
		return next.err
	case <-r.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mayAskForUnknown lets one caller in a while ask. A question that is under way anyway may be waited for by all: it
// may well bring the key.
func (r *ring) mayAskForUnknown() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked {
		return true
	}
	now := r.now()
	if now.Sub(r.lastUnknown) < unknownEvery {
		return false
	}
	r.lastUnknown = now
	return true
}

// begin makes the question that follows the one that everybody waits for.
func (r *ring) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = true
	select {
	case <-r.wake:
	default:
	}
}

// settle hands the answer to those who wait and makes room for the next.
func (r *ring) settle(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next.err = err
	close(r.next.came)
	r.next, r.asked = newAnswer(), false
}

// refresh asks for the keys. Who is asked is foreign to this package, and a panic there must not end the process.
func (r *ring) refresh(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	asked := r.now()
	s, err := r.ask(ctx)
	if err != nil {
		return err
	}
	s.asked = asked
	r.take(s)
	return nil
}

// take puts new keys into use, then on the shelf. That they could not be kept is no reason not to use them; keeping them
// is tried again with the next answer.
func (r *ring) take(s keyset) {
	next, same := s.after(r.set.Load())
	if !same {
		r.kept = false
		if r.loud {
			r.log.Info("keys taken", "keys", len(next.keys), "skipped", next.skipped)
		}
	}
	r.set.Store(next)
	if r.kept && (r.keep == 0 || next.asked.Sub(r.keptAt) < stampEvery) {
		return
	}
	if err := r.shelf.write(*next); err != nil {
		r.log.Warn("keys not kept on disk", "err", err)
		return
	}
	r.kept, r.keptAt = true, next.asked
}
