package storage

import (
	"context"
	"time"
)

// Settle records that this store became the home of its module at the given time, to the microsecond. Only the first
// time counts: it is the home's age.
func (d *DB) Settle(ctx context.Context, at time.Time) error {
	if d.placed.Swap(false) {
		if err := remember(d.dir, note{Module: d.module, StoreID: d.StoreID()}); err != nil {
			d.log.Warn("it is not noted that the store was taken", "err", err) // it is taken for new once more, and no worse
		}
	}
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

// Placed reports whether somebody has put the store here on purpose, in the place of another, and it was no home since.
func (d *DB) Placed() bool { return d.placed.Load() }

// SettledAt returns when this store was first settled as a home, the zero time when it never was and before Open.
func (d *DB) SettledAt() time.Time {
	if id := d.identity.Load(); id != nil {
		return id.settled
	}
	return time.Time{}
}
