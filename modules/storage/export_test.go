package storage

// SetBatch sets how many writes of db may share a transaction. It must be called before Open.
func SetBatch(db *DB, n int) { db.batch = n }

// Queued returns how many writes wait in the queue of db.
func Queued(db *DB) int { return len(db.queue) }

// QueueLimit is how many may.
const QueueLimit = queueLimit

// Unname is what happens to a statement before it is prepared.
var Unname = unname
