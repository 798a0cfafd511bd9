package storage

import (
	"context"
	"database/sql"
)

// ownQueries are this package's own, on the identity row: what check.go and home.go write.
type ownQueries struct {
	probe, settle *sql.Stmt
}

func prepareOwn(ctx context.Context, db DBTX) (q ownQueries, err error) {
	if q.probe, err = db.PrepareContext(ctx, `UPDATE holon_store SET probed_at = $1`); err != nil {
		return q, err
	}
	q.settle, err = db.PrepareContext(ctx,
		`UPDATE holon_store SET settled_at = coalesce(settled_at, $1), turn = $2, boot = $3 RETURNING settled_at`)
	return q, err
}
