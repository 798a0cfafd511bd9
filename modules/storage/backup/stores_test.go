package backup_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

var schema = fstest.MapFS{"00001_rows.sql": {Data: []byte(`-- +goose Up
CREATE TABLE rows (n INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE INDEX rows_by_body ON rows (body, n);
`)}}

// store is a module's open database with an event log.
type store struct {
	*storage.DB
	*eventlog.Log
	sql *storage.Queries[storage.DBTX]
}

func newStore(t testing.TB, module, dir string) store {
	t.Helper()
	db, err := storage.New(storage.Params{Module: module, Dir: dir, Migrations: schema, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	raw := func(_ context.Context, db storage.DBTX) (storage.DBTX, error) { return db, nil }
	return store{DB: db, Log: eventlog.New(db), sql: storage.Bind(db, raw)}
}

// openStore opens a store and closes it at the end of the test.
func openStore(t testing.TB, module, dir string) store {
	t.Helper()
	s := newStore(t, module, dir)
	require.NoError(t, s.DB.Open(t.Context()))
	t.Cleanup(func() { s.close(t) })
	return s
}

func (s store) close(t testing.TB) {
	t.Helper()
	require.NoError(t, s.Close(context.WithoutCancel(t.Context())))
}

func (s store) exec(ctx context.Context, text string, args ...any) error {
	return s.sql.Write(ctx, func(ctx context.Context, db storage.DBTX) error {
		_, err := db.ExecContext(ctx, text, args...)
		return err
	})
}

func (s store) insert(ctx context.Context, n int, body string) error {
	return s.exec(ctx, `INSERT INTO rows (n, body) VALUES (?, ?)`, n, body)
}

// number returns what a query of a single number gives.
func (s store) number(t testing.TB, text string) (n int) {
	t.Helper()
	require.NoError(t, s.sql.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		return db.QueryRowContext(ctx, text).Scan(&n)
	}))
	return n
}

func (s store) bodies(t testing.TB) (all map[int]string) {
	t.Helper()
	require.NoError(t, s.sql.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		rows, err := db.QueryContext(ctx, `SELECT n, body FROM rows`)
		if err != nil {
			return err
		}
		defer rows.Close()
		all = map[int]string{}
		for rows.Next() {
			var n int
			var body string
			if err := rows.Scan(&n, &body); err != nil {
				return err
			}
			all[n] = body
		}
		return rows.Err()
	}))
	return all
}

// announced is the time of all events.
var announced = time.UnixMicro(1_790_000_000_000_000)

// announce appends n events with a delivery each, and returns the deliveries.
func (s store) announce(t testing.TB, n int) (all []events.Delivery) {
	t.Helper()
	require.NoError(t, s.sql.Write(t.Context(), func(ctx context.Context, _ storage.DBTX) error {
		for i := range n {
			e := &events.Event{Topic: "rows.added", Key: strconv.Itoa(i), Time: announced, Data: []byte("{}")}
			err := s.Append(ctx, e, []string{"mail.rows"}, func(ds []events.Delivery) { all = append(all, ds...) })
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return all
}

// fill gives the store so many rows of a kilobyte.
func (s store) fill(t testing.TB, n int) {
	t.Helper()
	require.NoError(t, s.sql.Write(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		for i := range n {
			body := fmt.Sprintf("%06d%s", i, strings.Repeat("x", 1000))
			if _, err := db.ExecContext(ctx, `INSERT INTO rows (body) VALUES (?)`, body); err != nil {
				return err
			}
		}
		return nil
	}))
}

// taken returns two open stores with some rows, and a backup of them.
func taken(t *testing.T) (a, b store, p backup.Params) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	a, b = openStore(t, "alpha", dir), openStore(t, "beta", dir)
	a.fill(t, 50)
	b.fill(t, 20)
	p = params(t, a, b)
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	return a, b, p
}

func params(t testing.TB, stores ...store) backup.Params {
	t.Helper()
	p := backup.Params{
		To: filepath.Join(t.TempDir(), "monday"), Node: "box", Version: "1.2.3", Summary: eventlog.Summary,
	}
	for _, s := range stores {
		p.Stores = append(p.Stores, s.DB)
	}
	return p
}

// spoil changes a byte in the middle of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)/2] ^= 0x40
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// smallDisk mounts a file system of so many bytes and returns its root. It takes the right to mount; where everything
// must be tried a machine without it fails.
func smallDisk(t *testing.T, bytes int) string {
	t.Helper()
	dir := t.TempDir()
	if err := mount(dir, "size="+strconv.Itoa(bytes)); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { // a program that another test starts has our files too, until it is that program
		require.Eventually(t, func() bool { return unmount(dir) == nil }, 10*time.Second, time.Millisecond)
	})
	return dir
}
