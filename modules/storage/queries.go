package storage

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"holon/transport/contract"
)

// DBTX is what generated code prepares its statements on.
type DBTX interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// Queries are generated queries bound to a database.
type Queries[Q any] struct {
	db      *DB
	prepare func(context.Context, DBTX) (Q, error)
	calls   sync.Pool

	// Set by Open, before the gate opens.
	ready        bool
	write, reads Q
}

// binding is any Queries, as Open sees them.
type binding interface {
	bind(ctx context.Context, write, read DBTX) error
}

// Bind makes queries usable on db. Open calls prepare twice: with the writer's connection and with the read pool,
// whose connections refuse to write. Bind must be called before Open, and not by two goroutines at once.
func Bind[Q any](db *DB, prepare func(context.Context, DBTX) (Q, error)) *Queries[Q] {
	q := &Queries[Q]{db: db, prepare: prepare}
	q.calls.New = func() any { return newCall(q) }
	db.binds = append(db.binds, q)
	return q
}

// Write runs fn in a transaction and returns when its outcome is durable. Several writes share one transaction, each
// with its own outcome: when fn returns an error or panics, what it wrote is undone and the others go on.
//
// The context fn gets carries ctx's values and is never cancelled, because a statement that is interrupted would take
// the neighbours' work with it. A ctx that ends while fn still waits for its turn makes Write return ctx's error, and
// fn never runs; once fn has begun, Write waits for the outcome.
//
// Errors: fn's own, as it is; ErrInTransaction from within a write function, StorageFull when there is no room,
// Unavailable when the database is not open or another program holds it, ErrCorrupt, and Internal for a panic and for
// a commit that failed. After any of them nothing of fn is visible; only after an Internal one may a crash of the
// machine still bring it back.
func (q *Queries[Q]) Write(ctx context.Context, fn func(ctx context.Context, q Q) error) error {
	c := q.calls.Get().(*call[Q])
	c.fn = fn
	mine, err := q.db.submit(ctx, &c.request)
	if mine {
		c.fn, c.ctx, c.err = nil, nil, nil
		q.calls.Put(c)
	}
	return err
}

// Read runs fn with queries that cannot write. Each query of fn sees all that was committed when it began, by itself:
// there is no transaction around them. It waits for no writer, honours ctx in every statement, and sees what a Write
// that has returned wrote.
//
// It takes a function, where handing out the queries would do, so that Close can wait for those who read, a damaged
// file is recognised here and not in every store, and a read from within a write function, which would not see what
// that function wrote, is refused.
//
// Errors: fn's own, ErrInTransaction, Unavailable when the database is not open, StorageFull when the disk has no room
// even for what a read needs, ErrCorrupt.
func (q *Queries[Q]) Read(ctx context.Context, fn func(ctx context.Context, q Q) error) error {
	if contract.InTransaction(ctx) {
		return fmt.Errorf("read from the storage of %s: %w", q.db.module, ErrInTransaction)
	}
	if !q.db.gate.enter() {
		return q.db.notOpen()
	}
	defer q.db.gate.leave()
	if !q.ready {
		return q.unbound()
	}
	return q.db.explain(fn(ctx, q.reads))
}

func (q *Queries[Q]) bind(ctx context.Context, write, read DBTX) (err error) {
	if q.write, err = q.prepare(ctx, unnamed{write}); err != nil {
		return fmt.Errorf("prepare queries for the writer: %w", err)
	}
	if q.reads, err = q.prepare(ctx, unnamed{read}); err != nil {
		return fmt.Errorf("prepare queries for readers: %w", err)
	}
	q.ready = true
	return nil
}

func (q *Queries[Q]) unbound() error {
	return fmt.Errorf("storage of %s: queries of type %T were bound after Open", q.db.module, q.write)
}

// call is a request with its typed half. Calls are reused, so that a write allocates none of this.
type call[Q any] struct {
	request
	queries *Queries[Q]
	fn      func(context.Context, Q) error
}

func newCall[Q any](q *Queries[Q]) *call[Q] {
	c := &call[Q]{queries: q}
	c.done = make(chan struct{}, 1)
	c.run = c.invoke
	return c
}

func (c *call[Q]) invoke(ctx context.Context) error {
	if !c.queries.ready {
		return c.queries.unbound()
	}
	return c.fn(ctx, c.queries.write)
}
