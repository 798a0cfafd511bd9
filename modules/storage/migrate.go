package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
)

// migrate brings the schema up to what this binary knows. A file that a newer binary has migrated further is
// accepted: releases first add and only later remove, so the one before can still work on it.
func (d *DB) migrate(ctx context.Context) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, d.write, d.migrations, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	pending, err := p.HasPending(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if pending {
		if err := d.setUnchecked(ctx, true); err != nil {
			return err
		}
	}
	applied, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for _, m := range applied {
		d.log.Debug("migration applied", "version", m.Source.Version, "took", m.Duration)
	}
	if err := d.checkReferences(ctx); err != nil {
		return err
	}
	has, knows, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if has > knows {
		d.log.Warn("database is newer than this binary", "database_version", has, "binary_version", knows)
	}
	return nil
}

// checkReferences looks for what migrations may have left behind, as they run with foreign keys off. It looks again at
// every start until all is well, and then not before the next migration, because it reads every row that refers.
func (d *DB) checkReferences(ctx context.Context) error {
	var unchecked bool
	if err := d.write.QueryRowContext(ctx, `SELECT unchecked FROM holon_store`).Scan(&unchecked); err != nil {
		return fmt.Errorf("check references: %w", err)
	}
	if !unchecked {
		return nil
	}
	var table, parent string
	err := d.write.QueryRowContext(ctx, `SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table, &parent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return d.setUnchecked(ctx, false)
	case err != nil:
		return fmt.Errorf("check references: %w", err)
	default:
		return fmt.Errorf("migrations left rows in %s that refer to nothing in %s", table, parent)
	}
}

func (d *DB) setUnchecked(ctx context.Context, unchecked bool) error {
	if _, err := d.write.ExecContext(ctx, `UPDATE holon_store SET unchecked = $1`, unchecked); err != nil {
		return fmt.Errorf("note the state of references: %w", err)
	}
	return nil
}
