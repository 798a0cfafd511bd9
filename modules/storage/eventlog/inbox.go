package eventlog

import (
	"context"
	"fmt"
	"time"

	"holon/transport/contract"
	"holon/transport/events"
)

const insertReceipt = `INSERT INTO inbox (event, subscriber, replay, handled_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`

// Once runs fn in one transaction with the receipt, unless the receipt is there already. It reports whether fn ran.
// What fn wrote stays when fn and Once return nil, and never otherwise. fn's errors are returned as they are; the
// others are those of storage's Write.
func (l *Log) Once(ctx context.Context, r events.Receipt, fn func(context.Context) error) (ran bool, err error) {
	err = l.queries.Write(ctx, func(ctx context.Context, q *statements) error {
		ran, err = once(ctx, q, r)
		if !ran || err != nil {
			return err
		}
		return fn(ctx)
	})
	return ran, err
}

// OnceEach runs the effects one after the other in one transaction, each unless its receipt is there already. The
// first error undoes all of them and is returned as it is.
func (l *Log) OnceEach(ctx context.Context, effects []*events.Effect) error {
	return l.queries.Write(ctx, func(ctx context.Context, q *statements) (err error) {
		tx := contract.TransactionOf(ctx)
		for _, e := range effects {
			if e.Ran, err = once(ctx, q, e.Receipt); err != nil {
				return err
			}
			if !e.Ran {
				continue
			}
			if err := e.Run(contract.WithinTransaction(context.WithoutCancel(e.Context), tx)); err != nil {
				return err
			}
		}
		return nil
	})
}

// once reports whether the receipt is new. The caller is inside a write function.
func once(ctx context.Context, q *statements, r events.Receipt) (bool, error) {
	result, err := q.insertReceipt.ExecContext(ctx, r.Event, r.Subscriber, r.Replay, time.Now().UnixMicro())
	if err != nil {
		return false, fmt.Errorf("add to the inbox: %w", err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}
