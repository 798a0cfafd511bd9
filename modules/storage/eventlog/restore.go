package eventlog

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"holon/modules/storage"
)

const (
	countLog = `SELECT
		(SELECT count(*) FROM events),
		(SELECT count(*) FROM deliveries WHERE parked = 0),
		(SELECT count(*) FROM deliveries WHERE parked <> 0),
		(SELECT count(*) FROM inbox),
		(SELECT min(time) FROM events WHERE id IN (SELECT event FROM deliveries))`
	updateRearmed = `UPDATE deliveries SET attempts = 0, due = 0, reason = '' WHERE parked = 0 AND (attempts > 0 OR due > 0)`
	updateKept    = `UPDATE inbox SET handled_at = ? WHERE handled_at < ?`
)

// oldestOpen is the key of what Summary tells of a time.
const oldestOpen = "oldest_open_us"

// Summary returns how many "events", "open" and "parked" deliveries and "receipts" the module's file holds, nil for a
// file from before there was an event log. "oldest_open_us" is the time of the oldest event with a delivery that is open
// or parked, in microseconds since 1970; it is not there when there is no such event.
func Summary(ctx context.Context, db storage.DBTX) (map[string]int64, error) {
	if there, err := hasLog(ctx, db); err != nil || !there {
		return nil, err
	}
	var events, open, parked, receipts int64
	var oldest sql.NullInt64
	if err := db.QueryRowContext(ctx, countLog).Scan(&events, &open, &parked, &receipts, &oldest); err != nil {
		return nil, fmt.Errorf("count the event log: %w", err)
	}
	counts := map[string]int64{"events": events, "open": open, "parked": parked, "receipts": receipts}
	if oldest.Valid {
		counts[oldestOpen] = oldest.Int64
	}
	return counts, nil
}

// Rearm makes the log of a file that comes from a backup fit to go on from there. now is the time of the restore. It
// returns how many deliveries are "open", how many of those were "retrying", how many "parked" ones stay so, and how
// many "receipts" were kept; nil for a file from before there was an event log.
//
// What was to be tried again later is tried at once: what it failed on is long gone, and its subscriber is as much older
// as the delivery is. What an operator has to look at stays parked. Receipts count as of now: deliveries come again that
// had been handled, by the age of the backup later than any receipt is kept, and without one they would be handled
// twice. That holds for modules that are restored together. A publisher that is restored alone hands over again to
// subscribers that were not restored, whose receipts went with their time; when the backup is older than receipts are
// kept they handle those events twice, so whoever calls Restore must not allow it.
func Rearm(ctx context.Context, db storage.DBTX, now time.Time) (map[string]int64, error) {
	counts, err := Summary(ctx, db)
	if err != nil || counts == nil {
		return nil, err
	}
	delete(counts, "events")
	delete(counts, oldestOpen)
	rearmed, err := db.ExecContext(ctx, updateRearmed)
	if err != nil {
		return nil, fmt.Errorf("have deliveries tried at once: %w", err)
	}
	if counts["retrying"], err = rearmed.RowsAffected(); err != nil {
		return nil, fmt.Errorf("have deliveries tried at once: %w", err)
	}
	if _, err := db.ExecContext(ctx, updateKept, now.UnixMicro(), now.UnixMicro()); err != nil {
		return nil, fmt.Errorf("keep receipts: %w", err)
	}
	return counts, nil
}

func hasLog(ctx context.Context, db storage.DBTX) (bool, error) {
	var tables int
	err := db.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('events', 'deliveries', 'inbox')`).Scan(&tables)
	if err != nil {
		return false, fmt.Errorf("look for the event log: %w", err)
	}
	return tables == 3, nil
}
