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

// Store is core.Store over a database.
type Store struct {
	queries *storage.Queries[*db.Queries]
}

// New returns the store of a database that is not open yet.
func New(d *storage.DB) *Store {
	return &Store{queries: storage.Bind(d, func(ctx context.Context, c storage.DBTX) (*db.Queries, error) {
		return db.Prepare(ctx, c)
	})}
}

// View reads.
func (s *Store) View(ctx context.Context, fn func(context.Context, core.Rows) error) error {
	return s.queries.Read(ctx, func(ctx context.Context, q *db.Queries) error { return fn(ctx, rows{q}) })
}

// Update writes in one transaction.
func (s *Store) Update(ctx context.Context, fn func(context.Context, core.Rows) error) error {
	return s.queries.Write(ctx, func(ctx context.Context, q *db.Queries) error { return fn(ctx, rows{q}) })
}

// rows are core.Rows over the generated queries. Times are stored as microseconds since 1970.
type rows struct{ q *db.Queries }

// found gives the database's "no rows" its name in core.
func found(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return core.ErrNotFound
	}
	return err
}

var (
	_ core.Store = (*Store)(nil)
	_ core.Rows  = rows{}
)
