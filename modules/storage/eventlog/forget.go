package eventlog

import (
	"context"
	"fmt"
	"time"
)

// What is to go is chosen on a reader, so that the writer has only to remove it.
const (
	selectOldEvents = `SELECT id FROM events WHERE id < $1 AND id NOT IN (SELECT event FROM deliveries WHERE event < $1)
		ORDER BY id LIMIT $2`
	deleteEvents    = `DELETE FROM events WHERE id IN (SELECT value FROM json_each($1))`
	updateForgotten = `INSERT INTO forgotten (one, last) VALUES (1, $1)
		ON CONFLICT (one) DO UPDATE SET last = max(last, excluded.last)`

	// A receipt is younger than its event, so the old ones are among the old events'.
	selectOldReceipts = `SELECT event, subscriber, replay FROM inbox WHERE event < $1 AND handled_at < $2
		ORDER BY event, subscriber, replay LIMIT $3`
	deleteReceipts = `DELETE FROM inbox WHERE (event, subscriber, replay) IN
		(SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1))`
)

// Forget removes up to limit events whose id is of a time before before and that have no delivery left; it returns how
// many.
func (l *Log) Forget(ctx context.Context, before time.Time, limit int) (int, error) {
	l.keeping.Lock() // or a replay might make a delivery of an event that is chosen already
	defer l.keeping.Unlock()
	var ids []string
	err := l.queries.Read(ctx, func(ctx context.Context, q *statements) (err error) {
		ids, err = all(ctx, q.selectOldEvents, scanOne[string], bound(before), limit)
		return err
	})
	if err == nil && len(ids) > 0 {
		err = l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
			if _, err := q.deleteEvents.ExecContext(ctx, list(ids)); err != nil {
				return err
			}
			_, err := q.updateForgotten.ExecContext(ctx, ids[len(ids)-1])
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("forget events: %w", err)
	}
	return len(ids), nil
}

// ForgetReceipts removes up to limit receipts that are older than before, and returns how many. One whose event comes
// from a node with a fast clock stays for as much longer.
func (l *Log) ForgetReceipts(ctx context.Context, before time.Time, limit int) (int, error) {
	var keys [][3]string
	err := l.queries.Read(ctx, func(ctx context.Context, q *statements) (err error) {
		keys, err = all(ctx, q.selectOldReceipts, scanReceipt, bound(before), before.UnixMicro(), limit)
		return err
	})
	if err == nil && len(keys) > 0 {
		err = l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
			_, err := q.deleteReceipts.ExecContext(ctx, list(keys))
			return err
		})
	}
	if err != nil {
		return 0, fmt.Errorf("forget receipts: %w", err)
	}
	return len(keys), nil
}

func scanReceipt(r row) (key [3]string, err error) {
	err = r.Scan(&key[0], &key[1], &key[2])
	return key, err
}
