package eventlog

import (
	"context"
	"fmt"
	"time"

	"holon/transport/events"
)

const insertReceipt = `INSERT INTO inbox (event, subscriber, replay, handled_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`

// Once runs fn in one transaction with the receipt, unless the receipt is there already. It reports whether fn ran.
// What fn wrote stays when fn and Once return nil, and never otherwise. fn's errors are returned as they are; the
// others are those of storage's Write.
func (l *Log) Once(ctx context.Context, r events.Receipt, fn func(context.Context) error) (ran bool, err error) {
	err = l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
		result, err := q.insertReceipt.ExecContext(ctx, r.Event, r.Subscriber, r.Replay, time.Now().UnixMicro())
		if err != nil {
			return fmt.Errorf("add to the inbox: %w", err)
		}
		if n, err := result.RowsAffected(); n == 0 || err != nil {
			return err
		}
		ran = true
		return fn(ctx)
	})
	return ran, err
}
