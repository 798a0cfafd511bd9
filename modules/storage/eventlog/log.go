package eventlog

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"holon/modules/storage"
	"holon/transport/events"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Log is the event log and the inbox of one module. It is safe for concurrent use while its database is open.
type Log struct {
	queries *storage.Queries[*statements]

	// Those up to the next comment are touched by prepare, while the database opens, and then inside write functions
	// only, of which one runs at a time.
	ids  sequence
	last int64 // id of a delivery
	done []int64

	// keeping is held by whoever forgets events and by whoever makes new deliveries of old ones, from choosing them on
	// a reader until that is written. It is taken before the write and never inside one.
	keeping sync.Mutex
}

// New returns the log of the module whose database db is. It must be called before db is opened.
func New(db *storage.DB) *Log {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // only for a path that is not valid, and this one is
	}
	db.Attach("eventlog", migrations)
	l := &Log{}
	l.queries = storage.Bind(db, l.prepare)
	return l
}

// selectLast asks for the highest ids so far. Those of deliveries that are done are gone and may come again after a
// restart.
const selectLast = `SELECT
	max(coalesce((SELECT max(id) FROM events), ''), coalesce((SELECT last FROM forgotten), '')),
	coalesce((SELECT max(id) FROM deliveries), 0)`

// count has the counters go on from what the file holds. It is done while the database opens and not by the first
// Append: until then the relay may have read deliveries and settled them all, and would take one with a lower id than
// theirs for one that it has seen.
func (l *Log) count(ctx context.Context, q *statements) error {
	var event string
	if err := q.selectLast.QueryRowContext(ctx).Scan(&event, &l.last); err != nil {
		return fmt.Errorf("read the last ids of the event log: %w", err)
	}
	l.ids = sequence{}
	if event == "" {
		return nil
	}
	if err := l.ids.after(event); err != nil {
		return fmt.Errorf("read the last ids of the event log: %w", err)
	}
	return nil
}

var (
	_ events.Log   = (*Log)(nil)
	_ events.Inbox = (*Log)(nil)
)
