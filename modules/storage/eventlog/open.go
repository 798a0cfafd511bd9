package eventlog

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"holon/transport/events"
)

const (
	selectOpen = `SELECT id, event, subscriber, key, replay, attempts, due
		FROM deliveries WHERE id > $1 AND parked = 0 ORDER BY id LIMIT $2`
	selectEvents = `SELECT id, topic, key, version, schema, time, trace, cause, data
		FROM events WHERE id IN (SELECT value FROM json_each($1))`
	selectBacklog = `SELECT b.subscriber, b.open, b.replays, b.parked, e.time FROM (
			SELECT subscriber, sum(1 - parked) AS open, sum(parked = 0 AND replay <> '') AS replays, sum(parked) AS parked,
				min(CASE WHEN parked = 0 AND replay = '' THEN event END) AS oldest
			FROM deliveries GROUP BY subscriber
		) b LEFT JOIN events e ON e.id = b.oldest ORDER BY b.subscriber`
)

// Open returns deliveries that are neither done nor parked, with ids above after, ascending, at most limit, without
// their events.
func (l *Log) Open(ctx context.Context, after int64, limit int) (open []events.Delivery, err error) {
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		open, err = all(ctx, q.selectOpen, scanDelivery, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read open deliveries: %w", err)
	}
	return open, nil
}

// loadChunk is how many events one statement of Load reads at most.
const loadChunk = 512

// Load fills in the events of deliveries that have none yet. One whose event is not there keeps a nil Event; those of
// one event share it.
func (l *Log) Load(ctx context.Context, deliveries []*events.Delivery) error {
	found := make(map[string]*events.Event, len(deliveries))
	ids := make([]string, 0, len(deliveries))
	for _, d := range deliveries {
		if _, known := found[d.EventID]; !known && d.Event == nil {
			found[d.EventID] = nil
			ids = append(ids, d.EventID)
		}
	}
	err := l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		for some := range slices.Chunk(ids, loadChunk) {
			loaded, err := all(ctx, q.selectEvents, scanEvent, list(some))
			if err != nil {
				return err
			}
			for i := range loaded {
				found[loaded[i].ID] = &loaded[i]
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load events: %w", err)
	}
	for _, d := range deliveries {
		if d.Event == nil {
			d.Event = found[d.EventID]
		}
	}
	return nil
}

// Backlog counts what is not done, by subscriber, in the order of their names. It reads every delivery.
func (l *Log) Backlog(ctx context.Context) (backlog []events.Backlog, err error) {
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		backlog, err = all(ctx, q.selectBacklog, scanBacklog)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	return backlog, nil
}

func scanBacklog(r row) (b events.Backlog, err error) {
	var oldest sql.NullInt64
	err = r.Scan(&b.Subscriber, &b.Open, &b.Replays, &b.Parked, &oldest)
	if oldest.Valid {
		b.Oldest = fromMicros(oldest.Int64)
	}
	return b, err
}
