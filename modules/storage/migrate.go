package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// part is something with tables of its own in a module's database.
type part struct {
	name       string
	migrations fs.FS
}

// Attach gives a part, such as an event log, tables of its own in the module's file. migrations are goose SQL
// migrations as in Params; what was applied of them is noted in the table <name>_version, so that the part and the
// module number theirs apart. Like Bind it must be called before Open, and not by two goroutines at once. A name that
// is not lower-case snake_case, or is given twice, fails Open.
//
// Parts are migrated in the order they were attached, and before the module: a module knows its parts and may build
// on their tables, a part knows no module.
func (d *DB) Attach(name string, migrations fs.FS) {
	d.parts = append(d.parts, part{name, migrations})
}

// history is the migrations of the module or of a part, and what the file has of them.
type history struct {
	name     string
	provider *goose.Provider
}

// migrate brings the schema up to what this binary knows. A file that a newer binary has migrated further is
// accepted: releases first add and only later remove, so the one before can still work on it.
func (d *DB) migrate(ctx context.Context) error {
	histories, err := d.histories()
	if err != nil {
		return err
	}
	for _, h := range histories {
		if err := d.apply(ctx, h); err != nil {
			return fmt.Errorf("migrate %s: %w", h.name, err)
		}
	}
	if err := d.checkReferences(ctx); err != nil {
		return err
	}
	for _, h := range histories {
		has, knows, err := h.provider.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read schema version of %s: %w", h.name, err)
		}
		if has > knows {
			d.log.Warn("database is newer than this binary", "database_version", has, "binary_version", knows, "of", h.name)
		}
	}
	return nil
}

// moduleHistory is what the name of the table begins with that notes the migrations of the module, as "<part>" does for
// those of a part.
const moduleHistory = "goose_db"

// histories returns those of the parts and then the module's.
func (d *DB) histories() ([]history, error) {
	var all []history
	names := map[string]bool{moduleHistory: true}
	for _, p := range d.parts {
		if !moduleName.MatchString(p.name) || names[p.name] {
			return nil, fmt.Errorf("part %q is attached twice or has no lower-case snake_case name", p.name)
		}
		names[p.name] = true
		h, err := d.history(p.name, p.migrations, goose.WithTableName(p.name+"_version"))
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	own, err := d.history(d.module, d.migrations)
	if errors.Is(err, goose.ErrNoMigrations) {
		return all, nil // a module that only listens keeps no tables but those of its parts
	}
	return append(all, own), err
}

func (d *DB) history(name string, migrations fs.FS, options ...goose.ProviderOption) (history, error) {
	options = append(options, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(goose.DialectSQLite3, d.write, migrations, options...)
	if err != nil {
		return history{}, fmt.Errorf("read migrations of %s: %w", name, err)
	}
	return history{name, p}, nil
}

func (d *DB) apply(ctx context.Context, h history) error {
	pending, err := h.provider.HasPending(ctx)
	if err != nil {
		return err
	}
	if pending {
		if err := d.setUnchecked(ctx, true); err != nil {
			return err
		}
	}
	applied, err := h.provider.Up(ctx)
	for _, m := range applied {
		d.log.Debug("migration applied", "version", m.Source.Version, "of", h.name, "took", m.Duration.String())
	}
	return err
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
