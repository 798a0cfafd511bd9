package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holon/transport/status"
)

// pauseLimit is how long a cut waits until all writers stand still. Those that do wait with it, so it is well below what
// callers wait for their writes; a transaction takes some milliseconds.
const pauseLimit = 2 * time.Second

// Cut is several databases as they all were at one instant: what one holds because of what another had committed is
// never there without it.
type Cut struct {
	// At is the instant, and Held how long the writers stood still for it at most.
	At   time.Time
	Held time.Duration
	// Snapshots are in the order of their modules' names.
	Snapshots []*Snapshot

	dbs []*DB
}

// TakeCut has the writers of all the databases stand still, begins a read transaction in each, and lets the writers
// go on. Close must be called, and each Snapshot may be closed before: as long as one is open the journal of its
// database grows.
//
// Errors: Unavailable when a database is not open, when one is being cut already, and when a writer does not stand
// still within two seconds; ErrCorrupt, and ctx's.
func TakeCut(ctx context.Context, dbs []*DB) (_ *Cut, err error) {
	c := &Cut{}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close(ctx))
		}
	}()
	for _, d := range slices.SortedFunc(slices.Values(dbs), func(a, b *DB) int { return cmp.Compare(a.module, b.module) }) {
		s, err := d.connect(ctx) // all that takes time is done before anybody is held up
		if err != nil {
			return nil, err
		}
		s.cut = c
		c.Snapshots, c.dbs = append(c.Snapshots, s), append(c.dbs, d)
	}
	if err := c.hold(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Close ends the snapshots that are still open.
func (c *Cut) Close(ctx context.Context) error {
	var errs []error
	for _, s := range c.Snapshots {
		errs = append(errs, s.Close(ctx))
	}
	return errors.Join(errs...)
}

// closing returns a database of the cut that is told to close, nil when none is.
func (c *Cut) closing() *DB {
	for _, d := range c.dbs {
		if d.gate.closing() {
			return d
		}
	}
	return nil
}

// hold asks all writers at once and waits for one after the other: none waits for another, so there is no order in
// which they could wait for each other for ever.
func (c *Cut) hold(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pauseLimit)
	defer cancel()
	began := time.Now()
	pauses := make([]*pause, 0, len(c.Snapshots))
	defer func() {
		for i, p := range pauses {
			c.Snapshots[i].db.endPause(p)
		}
		c.Held = time.Since(began)
	}()
	for _, s := range c.Snapshots {
		p := newPause()
		if !s.db.askPause(p) {
			return s.db.unpaused(errors.New("another backup is being taken"))
		}
		pauses = append(pauses, p)
	}
	for i, p := range pauses {
		select {
		case <-p.begun:
		case <-ctx.Done():
			return c.Snapshots[i].db.unpaused(fmt.Errorf("wait for its writer: %w", ctx.Err()))
		}
	}
	c.At = time.Now().UTC()
	for _, s := range c.Snapshots {
		if err := s.begin(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *DB) unpaused(cause error) error {
	return status.New(status.Unavailable, "storage_busy", "the storage of module %s cannot be copied just now", d.module).
		With(status.DetailRetryAfter, "1").
		Because(cause)
}
