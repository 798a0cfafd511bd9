package storage

import (
	"context"
	"errors"
	"net/url"
)

// takeIn moves into the file what the journal holds, beside the writer and on a connection of its own. While a snapshot
// was open none of it could move, and left alone the next commit would move all of it, for seconds, with every write
// behind it. What is written meanwhile stays for that commit. The caller is inside the gate, so this is never the last
// connection, which would remove the journal when it closes.
//
// A failure changes nothing but the time of that commit.
func (d *DB) takeIn(ctx context.Context) {
	if d.corrupt.Load() != nil {
		return
	}
	pool, err := openPool(dsn(d.path, url.Values{
		"mode": {"rw"}, "_synchronous": {"FULL"}, "_pragma": {"wal_autocheckpoint(0)", "temp_store(MEMORY)"},
	}), 1)
	if err == nil {
		_, err = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
		err = errors.Join(err, pool.Close())
	}
	if err != nil {
		d.log.Debug("journal not moved into the database file after a snapshot", "err", err)
	}
}
