// Package store keeps the user module's rows in its database. It holds no rules.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"time"

	"holon/modules/storage"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations returns the module's goose migrations.
func Migrations() (fs.FS, error) { return fs.Sub(embedded, "migrations") }

// New returns the store of a database that is not open yet.
func New(d *storage.DB) core.Store {
	return storage.As(storage.Bind(d, prepare), func(q *db.Queries) core.Rows { return rows{q} })
}

func prepare(ctx context.Context, c storage.DBTX) (*db.Queries, error) { return db.Prepare(ctx, c) }

// rows are core.Rows over the generated queries.
type rows struct{ q *db.Queries }

// found gives the database's "no rows" its name in core.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return core.ErrNotFound
	}
	return err
}

// micros is how a time is stored: microseconds since 1970, 0 for no time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
