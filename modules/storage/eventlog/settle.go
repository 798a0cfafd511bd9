package eventlog

import (
	"context"
	"fmt"
	"slices"

	"holon/transport/events"
)

const (
	deleteDone    = `DELETE FROM deliveries WHERE id BETWEEN ? AND ?`
	updateRefused = `UPDATE deliveries SET attempts = ?, due = ?, parked = ?, reason = ? WHERE id = ?`
)

// Settle writes down, in one transaction, what became of deliveries. Those that are no longer there are passed over.
func (l *Log) Settle(ctx context.Context, outcomes []events.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	return l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
		l.done = l.done[:0]
		for i := range outcomes {
			switch o := &outcomes[i]; o.State {
			case events.Delivered:
				l.done = append(l.done, o.ID)
			case events.Retrying, events.Parked:
				_, err := q.updateRefused.ExecContext(ctx, o.Attempts, micros(o.Due), o.State == events.Parked, o.Reason, o.ID)
				if err != nil {
					return fmt.Errorf("settle refused delivery: %w", err)
				}
			default:
				return fmt.Errorf("settle delivery %d: nothing is done about state %q", o.ID, o.State)
			}
		}
		slices.Sort(l.done)
		return deleteRuns(ctx, q, l.done)
	})
}

// deleteRuns deletes the deliveries with the given ascending ids, those that follow each other without a gap in one
// statement. Such a range holds no other's delivery, because every integer in it was given.
func deleteRuns(ctx context.Context, q *statements, ids []int64) error {
	for len(ids) > 0 {
		n := 1
		for n < len(ids) && ids[n]-ids[n-1] <= 1 {
			n++
		}
		if _, err := q.deleteDone.ExecContext(ctx, ids[0], ids[n-1]); err != nil {
			return fmt.Errorf("settle delivered deliveries: %w", err)
		}
		ids = ids[n:]
	}
	return nil
}
