package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Snapshot is a database as it was when its Cut was taken, whatever is written since. It is for one goroutine.
type Snapshot struct {
	db   *DB
	cut  *Cut
	pool *sql.DB
	conn *sql.Conn
}

// connect lets the snapshot into the gate and prepares its connection.
func (d *DB) connect(ctx context.Context) (_ *Snapshot, err error) {
	if !d.gate.enter() {
		return nil, d.notOpen()
	}
	s := &Snapshot{db: d}
	defer func() {
		if err != nil {
			err = errors.Join(d.explain(err), s.Close(ctx))
		}
	}()
	if s.pool, err = openPool(readerDSN(d.path), 1); err != nil {
		return nil, err
	}
	if s.conn, err = s.pool.Conn(ctx); err != nil {
		return nil, fmt.Errorf("connect to the storage of %s: %w", d.module, err)
	}
	// Reads the schema, which would take time later.
	if err := s.touch(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// begin begins the transaction. It is the first read and not BEGIN that fixes what is seen.
func (s *Snapshot) begin(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return s.db.explain(fmt.Errorf("begin a snapshot of %s: %w", s.db.module, err))
	}
	return s.touch(ctx)
}

func (s *Snapshot) touch(ctx context.Context) error {
	var n int
	if err := s.conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil {
		return s.db.explain(fmt.Errorf("read the schema of %s: %w", s.db.module, err))
	}
	return nil
}

// Module returns the name of the module whose data this is.
func (s *Snapshot) Module() string { return s.db.module }

// Dir returns the data dir that holds the database.
func (s *Snapshot) Dir() string { return s.db.dir }

// Size returns how many bytes a copy takes.
func (s *Snapshot) Size(ctx context.Context) (bytes int64, err error) {
	err = s.Read(ctx, func(ctx context.Context, db DBTX) error {
		return db.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&bytes)
	})
	return bytes, err
}

// Read runs fn with a connection that sees the snapshot and cannot write.
func (s *Snapshot) Read(ctx context.Context, fn func(context.Context, DBTX) error) error {
	return s.db.explain(fn(ctx, s.conn))
}

// Close ends the snapshot, and has what the journal has gathered because of it moved into the file, also when ctx has
// ended. Closing twice does nothing.
func (s *Snapshot) Close(ctx context.Context) error {
	if s.db == nil {
		return nil
	}
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.pool != nil {
		errs = append(errs, s.pool.Close()) // and with the connection its transaction
	}
	s.db.takeIn(context.WithoutCancel(ctx))
	s.db.gate.leave()
	s.db = nil
	return errors.Join(errs...)
}
