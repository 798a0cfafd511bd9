package eventlog

import (
	"context"
	"fmt"

	"holon/transport/events"
)

const (
	selectTail = `SELECT id, topic, key, version, schema, time, trace, cause, data
		FROM events WHERE id > $1 ORDER BY id LIMIT $2`
	selectNewest = `SELECT id, topic, key, version, schema, time, trace, cause, data FROM events ORDER BY id DESC LIMIT 1`
)

// Tail returns events with ids above after, with their payload, oldest first, at most limit. With after "" it returns
// none but the last.
func (l *Log) Tail(ctx context.Context, after string, limit int) (tail []events.Event, err error) {
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		if after == "" {
			tail, err = all(ctx, q.selectNewest, scanEvent)
		} else {
			tail, err = all(ctx, q.selectTail, scanEvent, after, limit)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the end of the event log: %w", err)
	}
	return tail, nil
}

// Event returns an event with its payload; nil when the log has none with this id.
func (l *Log) Event(ctx context.Context, id string) (*events.Event, error) {
	var found []events.Event
	err := l.queries.Read(ctx, func(ctx context.Context, q *statements) (err error) {
		found, err = all(ctx, q.selectEvents, scanEvent, list([]string{id}))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}
