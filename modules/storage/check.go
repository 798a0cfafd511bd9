package storage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// probeEvery is for how long a probe answers for those that follow, so that eager probers cost one sync a second.
const probeEvery = time.Second

// Check reports whether the storage is writable: it commits a time stamp of its own, through the queue and to the
// disk like every write, because nothing less notices a disk that is full, read-only or stuck. It also notices a file
// that was moved away or replaced while open. A good answer holds for a second.
func (d *DB) Check(ctx context.Context) error {
	if !d.gate.enter() {
		return d.notOpen()
	}
	defer d.gate.leave()
	now := time.Now()
	if last := d.probed.Load(); last != nil && now.Sub(*last) < probeEvery {
		return nil
	}
	switch info, err := os.Stat(d.path); {
	case err != nil:
		return fmt.Errorf("look at database file: %w", err)
	case !os.SameFile(info, d.file):
		return errors.New("database file " + d.path + " was replaced while open")
	}
	err := d.own.Write(ctx, func(ctx context.Context, q ownQueries) error {
		_, err := q.probe.ExecContext(ctx, now.UnixMicro())
		return err
	})
	if err != nil {
		return err
	}
	d.probed.Store(&now)
	return nil
}
