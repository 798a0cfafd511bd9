// Package store keeps the order module's rows in its database. It holds no rules.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"holon/modules/order/internal/core"
	"holon/modules/order/internal/store/db"
	"holon/modules/storage"
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

// rows are core.Rows over the generated queries. Times are stored as microseconds since 1970.
type rows struct{ q *db.Queries }

// found gives the database's "no rows" its name in core.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return core.ErrNotFound
	}
	return err
}

var _ core.Rows = rows{}
