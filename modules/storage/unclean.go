package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	codes "modernc.org/sqlite/lib"
)

const (
	// largeFile is how many bytes a check reads without a word about it, and longCheck how long it may take: what an
	// operator sees of it is a start that takes longer than others.
	largeFile = 64 << 20
	longCheck = time.Second
	// stillEvery is how often it says that it goes on.
	stillEvery = time.Minute
)

// checkUnclean looks for damage in a file that the last process did not close: with the power may have gone what the
// disk had promised, and the first write to a damaged page makes it worse. A journal that is not empty tells, as Close
// leaves none.
//
// It is the quick check: it reads every page and row, but does not compare indexes with their tables, so an index that
// lacks a row or has one too many is found by backups alone. The journal is read as far as it is whole. What follows
// was not synced and so confirmed to nobody; damage amid what was synced cannot be told from that, and cuts it short.
func (d *DB) checkUnclean(ctx context.Context, bytes int64) error {
	switch journal, err := os.Stat(journalOf(d.path)); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at journal: %w", err)
	case journal.Size() == 0:
		return nil
	default:
		bytes += journal.Size()
	}
	if bytes > largeFile {
		d.log.Info("checking the database, which was not closed", "bytes", bytes)
	}
	began := time.Now()
	pool, err := openPool(readerDSN(d.path), 1)
	if err != nil {
		return err
	}
	stop := every(stillEvery, func() {
		d.log.Info("still checking the database", "bytes", bytes, "took", time.Since(began).String())
	})
	err = errors.Join(findDamage(ctx, pool, "quick_check"), pool.Close())
	stop()
	if code(err)&0xff == codes.SQLITE_READONLY {
		return nil // as in inspectFile
	}
	if took := time.Since(began); err == nil && (bytes > largeFile || took > longCheck) {
		d.log.Info("database checked", "bytes", bytes, "took", took.String())
	}
	if _, found := errors.AsType[*damage](err); found {
		return d.spoil(err)
	}
	return err
}
