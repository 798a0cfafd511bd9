package storage

import (
	"context"
	"time"
)

// Tenure is what a store keeps of the home that it is, or was last.
type Tenure struct {
	// Since is when the store first was one, in whole microseconds; zero when it never was.
	Since time.Time
	// Turn counts the runs of nodes that had the store, and Boot is the last of them. Two copies of one store are told
	// apart by them: the one that was not there at the last turn is old.
	Turn uint32
	Boot string
}

// Settle records that this store is the home of its module. Of Since only the first one counts: it is the home's age.
func (d *DB) Settle(ctx context.Context, t Tenure) error {
	var first int64
	err := d.own.Write(ctx, func(ctx context.Context, q ownQueries) error {
		return q.settle.QueryRowContext(ctx, t.Since.UnixMicro(), t.Turn, t.Boot).Scan(&first)
	})
	if err != nil {
		return err
	}
	t.Since = time.UnixMicro(first).UTC()
	d.identity.Store(&identity{storeID: d.StoreID(), tenure: t})
	return nil
}

// Tenure returns what was last settled, nothing before Open.
func (d *DB) Tenure() Tenure {
	if id := d.identity.Load(); id != nil {
		return id.tenure
	}
	return Tenure{}
}

// Placed reports whether somebody has put the store here on purpose, in the place of another, and it was not Accepted since.
func (d *DB) Placed() bool { return d.placed.Load() }

// Accepted notes that all know this store as the module's. From now on it has no more right than any other.
func (d *DB) Accepted() {
	if !d.placed.Swap(false) {
		return
	}
	if err := remember(d.dir, note{Module: d.module, StoreID: d.StoreID()}); err != nil {
		d.log.Warn("it is not noted that the store was taken", "err", err) // it is taken for new once more, and no worse
	}
}
