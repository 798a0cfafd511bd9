package eventlog

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"holon/modules/storage"
	"holon/transport/events"
)

// The parameters of what is done for every event have no numbers: the driver looks numbered ones up by name each time.
const (
	insertEvent = `INSERT INTO events (id, topic, key, version, schema, time, trace, cause, subscribers, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, x''))`
	insertDelivery = `INSERT INTO deliveries (id, event, subscriber, key, replay, attempts, due, parked, reason)
		VALUES (?, ?, ?, ?, ?, 0, 0, 0, '')`
)

// Append adds an event and a delivery for each subscriber to the transaction that ctx belongs to, and sets e.ID; an
// error outside one, or inside that of another database. The deliveries that committed gets share one copy of the
// event, and there are none of an event without subscribers: whoever follows the log wants to know of it all the same.
// The names of subscribers hold no comma.
func (l *Log) Append(ctx context.Context, e *events.Event, subscribers []string, committed func([]events.Delivery)) error {
	q, err := l.queries.Within(ctx)
	if err != nil {
		return err
	}
	e.ID = l.ids.next(time.Now())
	kept := *e // the caller may go on to change his
	kept.Time, kept.Data = fromMicros(e.Time.UnixMicro()), bytes.Clone(e.Data)
	_, err = q.insertEvent.ExecContext(ctx, e.ID, e.Topic, e.Key, e.Version, e.Schema, e.Time.UnixMicro(), e.Trace, e.Cause,
		strings.Join(subscribers, ","), kept.Data)
	if err != nil {
		return fmt.Errorf("append event: %w", err)
	}
	deliveries := make([]events.Delivery, len(subscribers))
	for i, s := range subscribers {
		deliveries[i] = events.Delivery{EventID: e.ID, Key: e.Key, Subscriber: s, Event: &kept}
		if err := l.addDelivery(ctx, q, &deliveries[i]); err != nil {
			return err
		}
	}
	return storage.AfterCommit(ctx, func() { committed(deliveries) })
}

// addDelivery writes a new delivery and gives it its id. The caller is inside a write function.
func (l *Log) addDelivery(ctx context.Context, q *statements, d *events.Delivery) error {
	l.last++
	d.ID = l.last
	if _, err := q.insertDelivery.ExecContext(ctx, d.ID, d.EventID, d.Subscriber, d.Key, d.Replay); err != nil {
		return fmt.Errorf("append delivery: %w", err)
	}
	return nil
}
