package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"holon/transport/events"
)

// chunk is how many deliveries or events are changed in one transaction: a write function holds up every other writer
// of the module, so what an operator asks for goes in pieces, a few milliseconds each.
const chunk = 500

const (
	selectLastDelivery = `SELECT coalesce(max(id), 0) FROM deliveries`
	// $9 and $10 bound the ids, $11 is a state that is left out.
	selectTaken = `SELECT d.id FROM deliveries d WHERE d.id > $9 AND d.id <= $10 AND ` + takesDelivery + `
		AND ` + stateOf + ` <> $11 ORDER BY d.id LIMIT $12`
	// Both look at the state again: it may have changed since the ids were chosen.
	updateRevived = `UPDATE deliveries AS d SET attempts = 0, due = 0, parked = 0, reason = ''
		WHERE id IN (SELECT value FROM json_each($1)) AND ($2 = '' OR ` + stateOf + ` = $2) AND ` + stateOf + ` <> 'waiting'
		RETURNING id, event, subscriber, key, replay, attempts, due`
	deleteDropped = `DELETE FROM deliveries AS d
		WHERE id IN (SELECT value FROM json_each($1)) AND ($2 = '' OR ` + stateOf + ` = $2) RETURNING id`
)

// Retry makes retrying and parked deliveries that the filter takes due at once, as if they had never been refused, and
// returns them without their events. On an error it returns those for which it was done before.
func (l *Log) Retry(ctx context.Context, f events.Filter) (revived []events.Delivery, err error) {
	err = l.change(ctx, f, events.Waiting, func(ids string) error {
		var some []events.Delivery
		err := l.queries.Write(ctx, func(ctx context.Context, q *statements) (err error) {
			some, err = all(ctx, q.updateRevived, scanDelivery, ids, string(f.State))
			return err
		})
		if err == nil {
			slices.SortFunc(some, func(a, b events.Delivery) int { return cmp.Compare(a.ID, b.ID) })
			revived = append(revived, some...)
		}
		return err
	})
	if err != nil {
		return revived, fmt.Errorf("retry deliveries: %w", err)
	}
	return revived, nil
}

// Drop removes waiting, retrying and parked deliveries that the filter takes, for good, and returns their ids. On an
// error it returns those that were removed before.
func (l *Log) Drop(ctx context.Context, f events.Filter) (dropped []int64, err error) {
	err = l.change(ctx, f, "", func(ids string) error {
		var some []int64
		err := l.queries.Write(ctx, func(ctx context.Context, q *statements) (err error) {
			some, err = all(ctx, q.deleteDropped, scanOne[int64], ids, string(f.State))
			return err
		})
		if err == nil {
			slices.Sort(some)
			dropped = append(dropped, some...)
		}
		return err
	})
	if err != nil {
		return dropped, fmt.Errorf("drop deliveries: %w", err)
	}
	return dropped, nil
}

// change calls fn with lists of deliveries that f takes, but for those in the state except. It goes no further than
// the last delivery there is when it begins, so that it comes to an end however fast new ones arrive.
func (l *Log) change(ctx context.Context, f events.Filter, except events.State, fn func(ids string) error) error {
	f.Before = ""
	var after, last int64
	for {
		var ids []int64
		err := l.queries.Read(ctx, func(ctx context.Context, q *statements) (err error) {
			if after == 0 {
				if err := q.selectLastDelivery.QueryRowContext(ctx).Scan(&last); err != nil {
					return err
				}
			}
			ids, err = all(ctx, q.selectTaken, scanOne[int64], filterArgs(f, after, last, string(except), chunk)...)
			return err
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := fn(list(ids)); err != nil {
			return err
		}
		after = ids[len(ids)-1]
	}
}
