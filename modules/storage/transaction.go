package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
)

// errLost is the error of a member whose transaction the database gave up.
var errLost = errors.New("the database gave up the transaction")

// transaction is the writer's connection and the statements that frame its work, prepared once.
//
// The database may give up a transaction in the middle of a statement: no room, no memory, an error of the disk. From
// then on it commits every statement by itself, without a word, and a savepoint would begin a transaction of its own.
// So its own hooks are asked instead of its error codes: one says that a rollback happened, the other forbids every
// commit but ours, those a write function might attempt among them.
type transaction struct {
	begins, commits, rollbacks, savepoint, release, undo *sql.Stmt

	lost       bool // a rollback happened since begin
	committing bool // the commit that comes is ours
}

// hooks is the part of the driver's connection that is used here.
type hooks interface {
	RegisterCommitHook(sqlite.CommitHookFn)
	RegisterRollbackHook(sqlite.RollbackHookFn)
}

func newTransaction(ctx context.Context, conn *pinned) (*transaction, error) {
	t := &transaction{}
	for text, stmt := range map[string]**sql.Stmt{
		"BEGIN IMMEDIATE":    &t.begins,
		"COMMIT":             &t.commits,
		"ROLLBACK":           &t.rollbacks,
		"SAVEPOINT member":   &t.savepoint,
		"RELEASE member":     &t.release,
		"ROLLBACK TO member": &t.undo,
	} {
		var err error
		if *stmt, err = conn.PrepareContext(ctx, text); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", text, err)
		}
	}
	return t, conn.Raw(func(driver any) error {
		h, ok := driver.(hooks)
		if !ok {
			return fmt.Errorf("the driver's connection %T has no hooks", driver)
		}
		h.RegisterRollbackHook(func() { t.lost = true })
		h.RegisterCommitHook(func() int32 {
			if t.committing {
				return 0
			}
			return 1 // roll back instead
		})
		return nil
	})
}

// begin begins a transaction. One that an earlier rollback could not end is ended first.
func (t *transaction) begin(ctx context.Context) error {
	_, err := t.begins.ExecContext(ctx)
	if err != nil {
		if _, again := t.rollbacks.ExecContext(ctx); again == nil {
			_, err = t.begins.ExecContext(ctx)
		}
	}
	t.lost = false
	return err
}

// member runs r within the transaction and undoes it alone when it fails. The first error is r's own; the second says
// why the transaction cannot go on.
func (t *transaction) member(ctx context.Context, r *request, alone bool) (own, fatal error) {
	if !alone {
		if _, err := t.savepoint.ExecContext(ctx); err != nil {
			return nil, gaveUp(err)
		}
	}
	own = r.call()
	switch {
	case t.lost:
		return own, gaveUp(own)
	case alone:
		return own, nil
	case own != nil:
		if _, err := t.undo.ExecContext(ctx); err != nil {
			return own, gaveUp(err)
		}
	}
	if _, err := t.release.ExecContext(ctx); err != nil {
		return own, gaveUp(err)
	}
	return own, nil
}

// commit commits, or rolls back and returns an error. There is no third way: a commit that failed for a reason that
// leaves the transaction open is rolled back here.
func (t *transaction) commit(ctx context.Context) error {
	t.committing = true
	_, err := t.commits.ExecContext(ctx)
	t.committing = false
	if err != nil {
		t.rollback(ctx)
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// rollback ends the transaction if it still is one. An error is left to the next begin, which tries again.
func (t *transaction) rollback(ctx context.Context) {
	if !t.lost {
		_, _ = t.rollbacks.ExecContext(ctx)
	}
}

// gaveUp keeps of a member's error only what concerns its neighbours: what the database said.
func gaveUp(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return fmt.Errorf("%w: %w", errLost, e)
	}
	return errLost
}
