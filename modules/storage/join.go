package storage

import (
	"context"
	"errors"
	"fmt"

	"holon/transport/contract"
)

// errOutside is the error of joining a transaction that is not there.
var errOutside = errors.New("not inside a transaction of this database")

// Within returns the queries of the transaction that ctx belongs to, so that parts of a module that know nothing of
// each other can write together. ctx is what a write function was given, or comes from it. Whoever gets an error from
// them returns it: only the whole write function is undone.
func (q *Queries[Q]) Within(ctx context.Context) (Q, error) {
	var none Q
	if r := joined(ctx); r == nil || r.db != q.db {
		return none, fmt.Errorf("join a write to the storage of %s: %w", q.db.module, errOutside)
	}
	if !q.ready {
		return none, q.unbound()
	}
	return q.write, nil
}

// AfterCommit has fn called once the transaction that ctx belongs to is on disk, and never when it is undone. Calls
// are made in the order of the writes, on the writer's goroutine: fn must not wait for anything.
func AfterCommit(ctx context.Context, fn func()) error {
	r := joined(ctx)
	if r == nil {
		return fmt.Errorf("wait for a commit: %w", errOutside)
	}
	r.after = append(r.after, fn)
	return nil
}

// committed calls what waits for the commit, when there was one.
func (r *request) committed() {
	if r.err == nil {
		for _, fn := range r.after {
			fn()
		}
	}
	clear(r.after)
	r.after = r.after[:0]
}

// member is how a write function is known by its context, as long as it runs: requests are used again.
type member struct {
	r    *request
	turn uint64
}

// joined returns the request whose write function ctx belongs to, nil when there is none or it has ended.
func joined(ctx context.Context) *request {
	if m, ok := contract.TransactionOf(ctx).(member); ok && m.turn == m.r.turn.Load() {
		return m.r
	}
	return nil
}
