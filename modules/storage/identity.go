package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	codes "modernc.org/sqlite/lib"
)

// identity is what a file says of itself.
type identity struct {
	storeID string
	tenure  Tenure
	// early is a file from before stores had marks.
	early bool
}

// identityTable holds one row. Times are microseconds since 1970. unchecked is 1 from before a migration until the
// references between rows were found whole.
const identityTable = `CREATE TABLE holon_store (
	id         INTEGER PRIMARY KEY CHECK (id = 1),
	module     TEXT NOT NULL,
	store_id   TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	unchecked  INTEGER NOT NULL DEFAULT 0,
	settled_at INTEGER,
	probed_at  INTEGER
) STRICT`

// marksTable holds what the store was marked with. Early files lack it.
const marksTable = `CREATE TABLE holon_marks (
	id   INTEGER PRIMARY KEY,
	mark TEXT NOT NULL UNIQUE
) STRICT`

// querier is a database or a transaction, to read from.
type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// inspect looks at the file before anything may write to it, and makes it when it is not there and never was. It
// refuses a damaged file, another module's and another store than the one that is known.
func (d *DB) inspect(ctx context.Context, known *note) error {
	info, err := os.Stat(d.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("look at database file: %w", err)
	}
	if err == nil && info.Size() > 1 { // a single byte, too, is an empty file to the database
		if err := d.inspectFile(ctx, known); err != nil {
			return err
		}
		return d.checkUnclean(ctx, info.Size())
	}
	what := "is missing"
	if err == nil {
		what = "is empty"
	}
	// The database would take a journal without its file for rubbish and remove it: commits would be gone for good.
	journal := sizeOf(journalOf(d.path)) > 0
	switch {
	case known != nil:
		return d.lost(known, what, journal)
	case journal:
		return d.refuse(&CorruptError{Module: d.module, Path: d.path,
			Err: errors.New("it " + what + " beside its journal, which holds what was committed last: put it back, or move the journal away too")})
	}
	f, err := os.OpenFile(d.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make database file: %w", err)
	}
	return errors.Join(f.Close(), SyncDir(filepath.Dir(resolve(d.path))))
}

func (d *DB) inspectFile(ctx context.Context, known *note) error {
	read := readerDSN
	if sizeOf(journalOf(d.path)) == 0 && sizeOf(resolve(d.path)+"-journal") == 0 {
		read = imageDSN // which makes no files beside one that may be refused
	}
	pool, err := openPool(read(d.path), 1)
	if err != nil {
		return err
	}
	defer func() { _ = pool.Close() }() // it only read
	id, err := readIdentity(ctx, pool, d.path, d.module)
	switch {
	case code(err)&0xff == codes.SQLITE_READONLY:
		return nil // a crash left a rollback journal that only a writer can play back; identify looks again
	case err != nil:
		return err
	default:
		return d.recognise(known, id)
	}
}

// identify gives a new file its identity, or reads that of a file that has one.
func (d *DB) identify(ctx context.Context, known *note) error {
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit there is nothing to roll back
	id, err := readIdentity(ctx, tx, d.path, d.module)
	if err == nil {
		err = d.recognise(known, id)
	}
	if err != nil {
		return err
	}
	fresh := id == nil
	switch {
	case fresh:
		id, err = d.writeIdentity(ctx, tx)
	case id.early:
		_, err = tx.ExecContext(ctx, marksTable)
	}
	if err == nil && (fresh || id.early) {
		err = tx.Commit()
	}
	if err != nil {
		return fmt.Errorf("give the database file its identity: %w", err)
	}
	d.identity.Store(id)
	if d.file, err = os.Stat(d.path); err != nil {
		return fmt.Errorf("look at database file: %w", err)
	}
	return nil
}

// readIdentity returns nil for a file that nobody has used yet, and a *ForeignError for one that is not the module's.
func readIdentity(ctx context.Context, db querier, path, module string) (*identity, error) {
	var tables, ours, marks int
	err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = 'holon_store'),
		count(*) FILTER (WHERE name = 'holon_marks') FROM sqlite_schema`).Scan(&tables, &ours, &marks)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read schema: %w", err)
	case tables == 0:
		return nil, nil
	case ours == 0:
		return nil, &ForeignError{Path: path, Module: module}
	}
	var owner string
	var id identity
	var settled sql.NullInt64
	err = db.QueryRowContext(ctx, `SELECT module, store_id, settled_at FROM holon_store`).Scan(&owner, &id.storeID, &settled)
	if id.early = marks == 0; err == nil && !id.early {
		id.tenure.Marks, err = readMarks(ctx, db)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read identity: %w", err)
	case owner != module:
		return nil, &ForeignError{Path: path, Module: module, Owner: owner}
	}
	if settled.Valid {
		id.tenure.Since = time.UnixMicro(settled.Int64).UTC()
	}
	return &id, nil
}

// Renew makes a copy of a store another store: it gets an id of its own and was never a home. It returns the id.
func Renew(ctx context.Context, path, module string, tx DBTX) (storeID string, err error) {
	was, err := readIdentity(ctx, tx, path, module)
	switch {
	case err != nil:
		return "", err
	case was == nil:
		return "", &ForeignError{Path: path, Module: module}
	case was.early:
		_, err = tx.ExecContext(ctx, marksTable)
	default:
		_, err = tx.ExecContext(ctx, `DELETE FROM holon_marks`)
	}
	id, idErr := uuid.NewV7()
	if err = errors.Join(err, idErr); err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `UPDATE holon_store SET store_id = $1, settled_at = NULL`, id.String())
	return id.String(), err
}

func (d *DB) writeIdentity(ctx context.Context, tx *sql.Tx) (*identity, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	for _, table := range [...]string{identityTable, marksTable} {
		if _, err := tx.ExecContext(ctx, table); err != nil {
			return nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO holon_store (id, module, store_id, created_at) VALUES (1, $1, $2, $3)`,
		d.module, id.String(), time.Now().UnixMicro())
	return &identity{storeID: id.String()}, err
}
