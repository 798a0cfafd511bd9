package storage

import (
	"context"
	"errors"
	"fmt"
)

// Close refuses new work, finishes what was begun or queued, moves the journal into the file, closes it and gives the
// lock back. When ctx ends before the work does, Close returns its error with the database shut but still held, and
// may be called again. Closing twice does nothing; a closed database stays closed.
func (d *DB) Close(ctx context.Context) error {
	if err := d.takeLife(ctx); err != nil {
		return err
	}
	defer d.giveLife()
	if d.phase != phaseOpen {
		d.phase = phaseClosed
		return nil
	}
	idle := d.gate.shut()
	select {
	case <-idle: // also for one who comes with an ended ctx: there is nothing to wait for
	default:
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("close storage of %s: work is still running: %w", d.module, ctx.Err())
		}
	}
	close(d.queue)
	<-d.writer.stopped
	d.phase = phaseClosed
	d.checkpoint(ctx)
	if err := d.release(); err != nil {
		return fmt.Errorf("close storage of %s: %w", d.module, err)
	}
	return nil
}

// checkpoint moves the journal's content into the file, so that the file by itself is whole. What it cannot move
// stays safe in the journal, so a failure is no error of Close.
func (d *DB) checkpoint(ctx context.Context) {
	if d.corrupt.Load() != nil {
		return
	}
	if _, err := d.conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		d.log.Warn("journal not moved into the database file", "err", err)
	}
}

// release gives back all that start took, readers first: the last connection to close tidies up, and only the
// writer's can.
func (d *DB) release() error {
	var errs []error
	if d.read != nil {
		errs = append(errs, d.read.Close())
	}
	if d.conn != nil {
		errs = append(errs, d.conn.Close())
	}
	if d.write != nil {
		errs = append(errs, d.write.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Release())
	}
	d.read, d.conn, d.write, d.lock = nil, nil, nil, nil
	return errors.Join(errs...)
}

// takeLife waits until nobody else opens or closes. One who comes with an ended ctx gets the token if it is free: a
// late Close must still refuse new work.
func (d *DB) takeLife(ctx context.Context) error {
	select {
	case d.life <- struct{}{}:
		return nil
	default:
	}
	select {
	case d.life <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("storage of %s is being opened or closed: %w", d.module, ctx.Err())
	}
}

func (d *DB) giveLife() { <-d.life }
