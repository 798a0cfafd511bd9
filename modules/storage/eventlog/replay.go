package eventlog

import (
	"context"
	"fmt"
	"strings"

	"holon/modules/storage"
	"holon/transport/events"
)

const (
	selectLastEvent = `SELECT coalesce(max(id), '') FROM events`
	// $9 are the topics between commas.
	selectReplayed = `SELECT id, key FROM events WHERE ` + takesEvent + ` AND instr($9, ',' || topic || ',') ORDER BY id LIMIT $10`
)

// Replay makes a new delivery to one subscriber out of every event of the topics that the filter takes, oldest first,
// under the given replay id, and returns how many. The filter's Subscriber and State are ignored. Deliveries are
// committed some hundreds at a time, and committed is called as often; they come without their events, which may be
// more than should be in memory at once. On an error those that were counted stay.
//
// It goes no further than the last event there is when it begins.
func (l *Log) Replay(
	ctx context.Context, subscriber, replay string, topics []string, f events.Filter, committed func([]events.Delivery),
) (n int, err error) {
	var last string
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		return q.selectLastEvent.QueryRowContext(ctx).Scan(&last)
	})
	if err != nil {
		return 0, fmt.Errorf("replay events: %w", err)
	}
	if end := last + justAbove; f.Before == "" || f.Before > end {
		f.Before = end
	}
	args := filterArgs(f, ","+strings.Join(topics, ",")+",", chunk)
	for {
		made, err := l.replayChunk(ctx, subscriber, replay, args, committed)
		n += len(made)
		switch {
		case err != nil:
			return n, fmt.Errorf("replay events: %w", err)
		case len(made) < chunk:
			return n, nil
		}
		args[0] = made[len(made)-1].EventID + justAbove
	}
}

// replayChunk makes deliveries of the events that selectReplayed gives for args, and returns them when they are on
// disk.
func (l *Log) replayChunk(
	ctx context.Context, subscriber, replay string, args []any, committed func([]events.Delivery),
) (made []events.Delivery, err error) {
	l.keeping.Lock()
	defer l.keeping.Unlock()
	err = l.queries.Read(ctx, func(ctx context.Context, q *statements) error {
		made, err = all(ctx, q.selectReplayed, scanReplayed, args...)
		return err
	})
	if err != nil || len(made) == 0 {
		return nil, err
	}
	err = l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
		for i := range made {
			d := &made[i]
			d.Subscriber, d.Replay = subscriber, replay
			if err := l.addDelivery(ctx, q, d); err != nil {
				return err
			}
		}
		return storage.AfterCommit(ctx, func() { committed(made) })
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

func scanReplayed(r row) (d events.Delivery, err error) {
	err = r.Scan(&d.EventID, &d.Key)
	return d, err
}
