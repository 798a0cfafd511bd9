package storage

import (
	"context"
	"database/sql"
)

// ownQueries are this package's own, on the identity row: what check.go and home.go write.
type ownQueries struct {
	probe, settle, mark, forget *sql.Stmt
}

func prepareOwn(ctx context.Context, db DBTX) (q ownQueries, err error) {
	if q.probe, err = db.PrepareContext(ctx, `UPDATE holon_store SET probed_at = $1`); err != nil {
		return q, err
	}
	if q.settle, err = db.PrepareContext(ctx, `UPDATE holon_store SET settled_at = coalesce(settled_at, $1) RETURNING settled_at`); err != nil {
		return q, err
	}
	if q.mark, err = db.PrepareContext(ctx, `INSERT INTO holon_marks (mark) VALUES ($1) ON CONFLICT DO NOTHING`); err != nil {
		return q, err
	}
	q.forget, err = db.PrepareContext(ctx, `DELETE FROM holon_marks WHERE id <= (SELECT max(id) FROM holon_marks) - $1`)
	return q, err
}
