package eventlog

import (
	"context"
	"fmt"
	"math"

	"holon/transport/events"
)

// List returns entries that the filter takes, newest event first. Those of one event stay together: first its
// subscribers as they were when it was announced, then its replays that are not done. The last event's entries are
// always complete, so there may be more than Limit, by less than the event has; the next page is what is Before it.
//
// A subscriber has got an event, or an operator has dropped its delivery, when no delivery is left: both are Delivered.
// Replays that are done leave no trace. A filter by time finds events whose id is within an hour of their time, which
// is all of them unless the clock was set back by more.
func (l *Log) List(ctx context.Context, f events.Filter) (entries []events.Entry, err error) {
	if f.Limit <= 0 {
		f.Limit = math.MaxInt
	}
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		switch f.State {
		case "", events.Delivered:
			entries, err = walk(ctx, q, f)
		default:
			entries, err = all(ctx, q.selectEntries, scanEntry, filterArgs(f, f.Limit-1)...)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list events: %w", err)
	}
	return entries, nil
}

// selectEntries starts from the deliveries, which are few even where events are millions. It is used for the states
// that need one. The inner query finds the event that the entry number $9 + 1 belongs to.
const selectEntries = `SELECT d.event, coalesce(e.topic, ''), d.key, coalesce(e.version, 0), coalesce(e.schema, 0),
		coalesce(e.time, 0), coalesce(e.trace, ''), coalesce(e.cause, ''),
		d.subscriber, d.replay, ` + stateOf + `, d.attempts, d.due, d.reason
	FROM deliveries d LEFT JOIN events e ON e.id = d.event
	WHERE ` + takesDelivery + ` AND d.event >= coalesce(
		(SELECT d.event FROM deliveries d WHERE ` + takesDelivery + ` ORDER BY d.event DESC LIMIT 1 OFFSET $9), '')
	ORDER BY d.event DESC, d.id`

func scanEntry(r row) (e events.Entry, err error) {
	var at, due int64
	v := &e.Event
	err = r.Scan(&v.ID, &v.Topic, &v.Key, &v.Version, &v.Schema, &at, &v.Trace, &v.Cause,
		&e.Subscriber, &e.Replay, &e.State, &e.Attempts, &due, &e.Reason)
	v.Time, e.Due = fromMicros(at), orZero(due)
	return e, err
}
