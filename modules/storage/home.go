package storage

import (
	"context"
	"time"
)

// Settle records that this store became the home of its module at the given time, to the microsecond. Only the first
// time counts: it is the home's age.
func (d *DB) Settle(ctx context.Context, at time.Time) error {
	if !d.SettledAt().IsZero() {
		return nil
	}
	var first int64
	err := d.own.Write(ctx, func(ctx context.Context, q ownQueries) error {
		return q.settle.QueryRowContext(ctx, at.UnixMicro()).Scan(&first)
	})
	if err != nil {
		return err
	}
	d.identity.Store(&identity{storeID: d.StoreID(), settled: time.UnixMicro(first).UTC()})
	return nil
}

// SettledAt returns when this store was first settled as a home, the zero time when it never was and before Open.
func (d *DB) SettledAt() time.Time {
	if id := d.identity.Load(); id != nil {
		return id.settled
	}
	return time.Time{}
}
