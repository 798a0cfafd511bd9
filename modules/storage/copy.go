package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"modernc.org/sqlite"
)

const (
	// copyStep is how many pages are copied between two looks at the context: 1 MiB.
	copyStep = 256
	// copySync is how many steps are between two syncs of the copy. One sync of all of it at the end could keep the
	// disk from the commits of the others for seconds.
	copySync = 32
)

// Copy writes the snapshot to a new file at path, which becomes whole by itself, without a journal, and is on disk
// when Copy returns. progress, which may be nil, is told of bytes every MiB; an error of it ends the copy. What is left
// of the file after an error is the caller's to remove.
//
// A database of the same cut that is told to close ends the copy with Unavailable: it waits for its snapshot, which
// stays open as long as the cut does, and a stop must not wait for a copy.
func (s *Snapshot) Copy(ctx context.Context, path string, progress func(done, total int64) error) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make the copy of %s: %w", s.db.module, err)
	}
	var total int64
	if total, err = s.Size(ctx); err == nil {
		err = s.conn.Raw(func(driver any) error {
			return s.copyTo(ctx, driver, f, func(done, of int) error {
				if progress == nil || of == 0 {
					return nil
				}
				return progress(total/int64(of)*int64(done), total)
			})
		})
	}
	if err == nil {
		err = detach(ctx, path)
	}
	if err == nil {
		err = f.Sync()
	}
	// Closed last: it would take the database's locks along.
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("copy the storage of %s: %w", s.db.module, corrupt(s.db.module, s.db.path, err))
	}
	return nil
}

func (s *Snapshot) copyTo(ctx context.Context, driver any, f *os.File, progress func(pages, of int) error) (err error) {
	source, ok := driver.(interface {
		NewBackup(uri string) (*sqlite.Backup, error)
	})
	if !ok {
		return fmt.Errorf("the driver's connection %T makes no copies", driver)
	}
	b, err := source.NewBackup(copyDSN(f.Name(), "OFF"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Finish()) }()
	for step := 1; ; step++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if d := s.cut.closing(); d != nil {
			return d.notOpen()
		}
		more, err := b.Step(copyStep)
		if err != nil {
			return err
		}
		if err := progress(b.PageCount()-b.Remaining(), b.PageCount()); err != nil || !more {
			return err
		}
		if step%copySync == 0 {
			if err := f.Sync(); err != nil {
				return err
			}
		}
	}
}

// detach has the copy need no journal: the source's header says that it has one.
func detach(ctx context.Context, path string) error {
	pool, err := openPool(copyDSN(path, "DELETE"), 1)
	if err != nil {
		return err
	}
	return errors.Join(pool.PingContext(ctx), pool.Close())
}

// copyDSN describes a connection to a copy that nobody else has yet. What it writes is synced by its user.
func copyDSN(path, journal string) string {
	return dsn(path, url.Values{"mode": {"rw"}, "_journal_mode": {journal}, "_synchronous": {"OFF"}})
}
