package storage

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"holon/transport/status"
)

// ErrCorrupt is in the chain of every error that says the database file is damaged, no database or not there any more:
// *CorruptError, *LostStoreError and *OtherStoreError, which name the module. From the first one on, writes are refused with it: the file stays as it is for whoever repairs or restores it.
var ErrCorrupt = errors.New("database file is corrupt")

// CorruptError says which file is damaged. ErrCorrupt is in its chain.
type CorruptError struct {
	Module, Path string
	// Err is what was found.
	Err error
}

// Error names the file and what was found.
func (e *CorruptError) Error() string { return fmt.Sprintf("%v: %s: %v", ErrCorrupt, e.Path, e.Err) }

// Unwrap returns ErrCorrupt and what was found.
func (e *CorruptError) Unwrap() []error { return []error{ErrCorrupt, e.Err} }

// ErrInTransaction is in the chain of the error that Write and Read return when they are called from within a write
// function. A second writer would wait for the first for ever, and a reader would not see what it wrote.
var ErrInTransaction = errors.New("already inside a transaction: use the queries the write function was given")

// ForeignError says that the file at Path holds something other than the data of Module.
type ForeignError struct {
	Path   string
	Module string
	// Owner is the module the file belongs to, "" when it is no store of this program at all.
	Owner string
}

// Error names both sides.
func (e *ForeignError) Error() string {
	if e.Owner == "" {
		return fmt.Sprintf("%s is a database of some other program, not the store of module %s", e.Path, e.Module)
	}
	return fmt.Sprintf("%s is the store of module %s, not of module %s", e.Path, e.Owner, e.Module)
}

// IsUnique reports whether err comes from a primary key or a unique index that had the value already.
func IsUnique(err error) bool {
	switch code(err) {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY, codes.SQLITE_CONSTRAINT_ROWID:
		return true
	}
	return false
}

// code returns the database's extended result code, 0 when err has none.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}

// explain gives the database's errors the meaning they have outside this package. Errors of others, those that a
// store has put into the closed set already among them, are returned as they are.
func (d *DB) explain(err error) error {
	var full bool
	switch c := code(err); c & 0xff {
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		if errors.Is(err, ErrCorrupt) {
			return err
		}
		return d.spoil(err)
	case codes.SQLITE_FULL:
		full = true
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN:
		// Some of the files are made and grown in ways that report no reason, that of the readers' index among them.
		full = d.noRoom()
	default:
		full = errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
	}
	if _, known := errors.AsType[*status.Error](err); full && !known {
		return d.full(err)
	}
	return err
}

// spoil remembers that the file is damaged, so that nothing is written to it any more.
func (d *DB) spoil(err error) error { return d.refuse(corrupt(d.module, d.path, err)) }

// refuse remembers what is wrong with the file.
func (d *DB) refuse(err error) error {
	d.corrupt.CompareAndSwap(nil, &err)
	return err
}

// corrupt makes a *CorruptError of an error that says the module's file at path is damaged, and leaves others alone.
func corrupt(module, path string, err error) error {
	c := code(err) & 0xff
	_, found := errors.AsType[*damage](err)
	if !found && c != codes.SQLITE_CORRUPT && c != codes.SQLITE_NOTADB || errors.Is(err, ErrCorrupt) {
		return err
	}
	return &CorruptError{Module: module, Path: path, Err: err}
}

// fullRetryAfter is how long a client should leave a full disk alone: nobody makes room faster.
const fullRetryAfter = 30 * time.Second

func (d *DB) full(cause error) error {
	if d.wasFull.CompareAndSwap(false, true) {
		d.log.Error("the disk has no room: writes are refused until it has", "err", cause)
	}
	return status.New(status.StorageFull, "", "the storage of module %s has no room", d.module).
		With(status.DetailRetryAfter, strconv.Itoa(int(fullRetryAfter.Seconds()))).
		With(status.DetailHint, "free space on the disk that holds the data dir; nothing that was confirmed is lost").
		Because(cause)
}

// busy is the error of a write that could not begin because another process holds the file's write lock.
func (d *DB) busy(cause error) error {
	return status.New(status.Unavailable, "storage_busy", "the storage of module %s is held by another program", d.module).
		With(status.DetailRetryAfter, "1").
		Because(cause)
}

// notOpen is the error of every use before Open and after Close.
func (d *DB) notOpen() error {
	return status.New(status.Unavailable, "storage_closed", "the storage of module %s is not open", d.module).
		With(status.DetailRetryAfter, "1")
}
