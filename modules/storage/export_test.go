package storage

import (
	"context"
	"time"
)

// SetBatch sets how many writes of db may share a transaction. It must be called before Open.
func SetBatch(db *DB, n int) { db.batch = n }

// Queued returns how many writes wait in the queue of db.
func Queued(db *DB) int { return len(db.queue) }

// QueueLimit is how many may.
const QueueLimit = queueLimit

// Unname is what happens to a statement before it is prepared.
var Unname = unname

// CheckUnclean looks for damage in the file of db, of which it is told the size.
func CheckUnclean(db *DB, ctx context.Context, bytes int64) error { return db.checkUnclean(ctx, bytes) }

// Probed returns when Check last saw a write reach the disk.
func Probed(db *DB) time.Time { return *db.probed.Load() }

// Every calls a function at intervals.
var Every = every
