package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
)

// damage is what the database's own check found wrong with a file.
type damage struct{ found string }

func (e *damage) Error() string { return e.found }

// findDamage runs one of the database's own checks, which reads all of the file. What it finds is a *damage.
func findDamage(ctx context.Context, db DBTX, check string) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA "+check+"(1)").Scan(&found); err != nil {
		return fmt.Errorf("check the file: %w", err)
	}
	if found != "ok" {
		return &damage{found}
	}
	return nil
}

// Examine reads all of a module's file that nobody has open and that has no journal, such as a copy, finds what is
// wrong with it, and returns what it holds. It writes nothing and looks at nothing but the file itself.
//
// Errors: *CorruptError, *ForeignError when it is not the module's, ctx's, and those of the file system.
func Examine(ctx context.Context, path, module string) (c Contents, err error) {
	pool, err := openPool(imageDSN(path), 1)
	if err != nil {
		return Contents{}, err
	}
	defer func() { err = corrupt(module, path, errors.Join(err, pool.Close())) }()
	if err := findDamage(ctx, pool, "integrity_check"); err != nil {
		return Contents{}, err
	}
	if err := findOrphans(ctx, pool); err != nil {
		return Contents{}, err
	}
	return readContents(ctx, pool, path, module)
}

// findOrphans looks for rows that refer to others that are not there.
func findOrphans(ctx context.Context, db DBTX) error {
	var table, parent string
	err := db.QueryRowContext(ctx, `SELECT "table", "parent" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table, &parent)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check references: %w", err)
	default:
		return &damage{fmt.Sprintf("rows in %s refer to nothing in %s", table, parent)}
	}
}

// imageDSN describes a connection to a file that does not change, perhaps on a disk that cannot be written to.
func imageDSN(path string) string {
	return dsn(path, url.Values{
		"mode":        {"ro"},
		"immutable":   {"1"},
		"_query_only": {"1"},
		"_pragma":     {"cache_size(-16384)", "temp_store(MEMORY)"},
	})
}

// View runs fn on a file as Examine takes it; fn cannot write.
func View(ctx context.Context, path, module string, fn func(context.Context, DBTX) error) error {
	pool, err := openPool(imageDSN(path), 1)
	if err != nil {
		return err
	}
	return corrupt(module, path, errors.Join(fn(ctx, pool), pool.Close()))
}

// Edit runs fn in one transaction on a module's file that nobody has open and that has no journal. It is on disk when
// Edit returns nil; else nothing of fn is.
func Edit(ctx context.Context, path, module string, fn func(context.Context, DBTX) error) (err error) {
	pool, err := openPool(dsn(path, url.Values{
		"mode": {"rw"}, "_txlock": {"immediate"}, "_synchronous": {"FULL"}, "_foreign_keys": {"1"},
	}), 1)
	if err != nil {
		return err
	}
	defer func() { err = corrupt(module, path, errors.Join(err, pool.Close())) }()
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin to change %s: %w", path, err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change %s: %w", path, err)
	}
	return nil
}
