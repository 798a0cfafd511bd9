package storage

import (
	"context"
	"errors"
	"fmt"
)

// Open makes the data dir, takes the module's lock, opens the file or makes it, checks that it belongs to this
// module, migrates it, prepares the bound queries and starts the writer. On an error everything is as before, but for
// migrations that were applied.
//
// After a process that did not close the file, all of it is read once before anything may write to it.
//
// The data dir remembers which store it holds. When that one is gone or another is in its place, Open touches nothing
// and says so, unless Params.NewStore allows it.
//
// Errors: *LockedError when another process has the module, *UnfinishedRestoreError when a restore has exchanged some
// of its files and not all, *ForeignError for a file of another module, *CorruptError for a damaged one,
// *LostStoreError and *OtherStoreError for a store that is not there any more, the three with ErrCorrupt in their chain,
// StorageFull, and those of the file system and of migrations.
func (d *DB) Open(ctx context.Context) error {
	if err := d.takeLife(ctx); err != nil {
		return err
	}
	defer d.giveLife()
	if d.phase != phaseNew {
		return fmt.Errorf("open storage of %s: it was opened before", d.module)
	}
	if err := d.start(ctx); err != nil {
		return fmt.Errorf("open storage of %s: %w", d.module, errors.Join(d.explain(err), d.release()))
	}
	d.phase = phaseOpen
	d.gate.unlock()
	return nil
}

func (d *DB) start(ctx context.Context) (err error) {
	d.corrupt.Store(nil) // by an earlier attempt; the file may have been restored since
	if err := MkdirAllSynced(d.dir); err != nil {
		return fmt.Errorf("make data dir: %w", err)
	}
	if d.lock, err = Acquire(LockFile(d.dir, d.module), ThisProcess(d.node)); err != nil {
		return err
	}
	if err := d.checkRestored(); err != nil {
		return err
	}
	known, err := d.recall()
	if err != nil {
		return err
	}
	if err := d.inspect(ctx, known); err != nil {
		return err
	}
	if d.write, err = openPool(writerDSN(d.path), 1); err != nil {
		return err
	}
	if err := d.identify(ctx, known); err != nil {
		return err
	}
	if err := d.migrate(ctx); err != nil {
		return err
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("take the writer's connection: %w", err)
	}
	d.conn = &pinned{Conn: conn}
	if _, err := d.conn.ExecContext(ctx, "PRAGMA foreign_keys = ON"); err != nil {
		return fmt.Errorf("switch foreign keys on: %w", err)
	}
	if d.read, err = openPool(readerDSN(d.path), readers()); err != nil {
		return err
	}
	for _, b := range d.binds {
		if err := b.bind(ctx, d.conn, d.read); err != nil {
			return err
		}
	}
	tx, err := newTransaction(ctx, d.conn)
	if err != nil {
		return err
	}
	// Last: the file is on disk with its identity, and was taken for what it is.
	if err := d.remember(); err != nil {
		return err
	}
	d.writer = newWriter(d, tx)
	go d.writer.loop(context.WithoutCancel(ctx))
	return nil
}
