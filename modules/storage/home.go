package storage

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Tenure is what a store keeps of the homes that it was.
type Tenure struct {
	// Since is when the store first was one, in whole microseconds; zero when it never was.
	Since time.Time
	// Marks are the last thousand that it was given, oldest first. They tell two copies of one store apart: a copy has none
	// that was given after it was made.
	Marks []string
}

// maxMarks is how many are kept.
const maxMarks = 1000

// Settle records that this store is the home of its module since a time, to the microsecond, and gives it a mark. Of times
// only the first counts: it is the home's age.
func (d *DB) Settle(ctx context.Context, since time.Time, mark string) error {
	var first int64
	err := d.own.Write(ctx, func(ctx context.Context, q ownQueries) error {
		if err := q.settle.QueryRowContext(ctx, since.UnixMicro()).Scan(&first); err != nil {
			return err
		}
		if _, err := q.mark.ExecContext(ctx, mark); err != nil {
			return err
		}
		_, err := q.forget.ExecContext(ctx, maxMarks)
		return err
	})
	if err != nil {
		return err
	}
	t := Tenure{Since: time.UnixMicro(first).UTC(), Marks: slices.Clone(d.Tenure().Marks)}
	if !slices.Contains(t.Marks, mark) {
		t.Marks = append(t.Marks, mark)
	}
	d.identity.Store(&identity{storeID: d.StoreID(), tenure: t})
	return nil
}

// Tenure returns what was settled up to now, nothing before Open.
func (d *DB) Tenure() Tenure {
	if id := d.identity.Load(); id != nil {
		return id.tenure
	}
	return Tenure{}
}

// readMarks returns those that a file has kept.
func readMarks(ctx context.Context, db querier) (marks []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT mark FROM holon_marks ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read marks: %w", err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var mark string
		if err := rows.Scan(&mark); err != nil {
			return nil, fmt.Errorf("read marks: %w", err)
		}
		marks = append(marks, mark)
	}
	return marks, rows.Err()
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
