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
	if r, ok := contract.TransactionOf(ctx).(*request); !ok || r.db != q.db {
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
	r, ok := contract.TransactionOf(ctx).(*request)
	if !ok {
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
