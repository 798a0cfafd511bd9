package storage_test

import (
	"context"
	"database/sql"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// schema is the one migration of the module that the tests play.
var schema = fstest.MapFS{"00001_notes.sql": migration(`
	CREATE TABLE notes (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
	CREATE TABLE tags (note TEXT NOT NULL REFERENCES notes (id) ON DELETE CASCADE, tag TEXT NOT NULL) STRICT;`)}

func migration(up string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("-- +goose Up\n-- +goose StatementBegin\n" + up + "\n-- +goose StatementEnd\n")}
}

// notes are queries as a generator would write them.
type notes struct {
	db                        storage.DBTX
	insert, insertTag, bodies *sql.Stmt
	body, count               *sql.Stmt
}

func prepareNotes(ctx context.Context, db storage.DBTX) (*notes, error) {
	q := &notes{db: db}
	for text, stmt := range map[string]**sql.Stmt{
		`INSERT INTO notes (id, body) VALUES ($1, $2)`: &q.insert,
		`INSERT INTO tags (note, tag) VALUES ($1, $2)`: &q.insertTag,
		`SELECT id, body FROM notes`:                   &q.bodies,
		`SELECT body FROM notes WHERE id = $1`:         &q.body,
		`SELECT count(*) FROM notes`:                   &q.count,
	} {
		var err error
		if *stmt, err = db.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *notes) Insert(ctx context.Context, id, body string) error {
	_, err := q.insert.ExecContext(ctx, id, body)
	return err
}

func (q *notes) Body(ctx context.Context, id string) (body string, err error) {
	err = q.body.QueryRowContext(ctx, id).Scan(&body)
	return body, err
}

func (q *notes) All(ctx context.Context) (map[string]string, error) {
	rows, err := q.bodies.QueryContext(ctx)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var id, body string
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		all[id] = body
	}
	return all, rows.Err()
}

// store is an open database with its queries.
type store struct {
	*storage.DB
	*storage.Queries[*notes]
}

func params(dir string) storage.Params {
	return storage.Params{
		Module: "order", Dir: dir, Node: "test-node", Migrations: maps.Clone(schema), Log: slog.New(slog.DiscardHandler),
	}
}

func newStore(t testing.TB, p storage.Params) store {
	t.Helper()
	db, err := storage.New(p)
	require.NoError(t, err)
	return store{DB: db, Queries: storage.Bind(db, prepareNotes)}
}

// openStore opens a store and closes it at the end of the test.
func openStore(t testing.TB, p storage.Params) store {
	t.Helper()
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	return s
}

func (s store) insert(ctx context.Context, id, body string) error {
	return s.Write(ctx, func(ctx context.Context, q *notes) error { return q.Insert(ctx, id, body) })
}

func (s store) all(t require.TestingT, ctx context.Context) (all map[string]string) {
	require.NoError(t, s.Read(ctx, func(ctx context.Context, q *notes) (err error) {
		all, err = q.All(ctx)
		return err
	}))
	return all
}

// hold keeps the writer busy until the returned function is called, so that what is queued meanwhile shares the next
// transaction.
func (s store) hold(t testing.TB) (release func()) {
	t.Helper()
	busy, let, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		done <- s.Write(context.WithoutCancel(t.Context()), func(context.Context, *notes) error {
			close(busy)
			<-let
			return nil
		})
	}()
	<-busy
	end := sync.OnceValue(func() error { close(let); return <-done })
	t.Cleanup(func() { _ = end() })
	return func() {
		t.Helper()
		require.NoError(t, end())
	}
}

// together queues the given write functions in their order behind a busy writer, lets it go, and returns what each
// was told.
func (s store) together(t testing.TB, fns ...func(context.Context, *notes) error) []error {
	t.Helper()
	release := s.hold(t)
	told := make([]error, len(fns))
	var wg sync.WaitGroup
	for i, fn := range fns {
		wg.Go(func() { told[i] = s.Write(t.Context(), fn) })
		s.awaitQueued(t, i+1)
	}
	release()
	wg.Wait()
	return told
}

// awaitQueued waits until n writes are in the queue.
func (s store) awaitQueued(t testing.TB, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return storage.Queued(s.DB) == n }, 10*time.Second, 100*time.Microsecond)
}

func inserting(id, body string) func(context.Context, *notes) error {
	return func(ctx context.Context, q *notes) error { return q.Insert(ctx, id, body) }
}
