package events_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/events/eventstest"
)

// module is a module's real database, with nothing in it but its events.
type module struct {
	*eventlog.Log
	db      *storage.DB
	queries *storage.Queries[storage.DBTX]
	dir     string
}

var nothing = fstest.MapFS{"00001_nothing.sql": {Data: []byte("-- +goose Up\nSELECT 1;\n")}}

func openModule(t testing.TB, dir, name string) *module {
	t.Helper()
	db, err := storage.New(storage.Params{Module: name, Dir: dir, Migrations: nothing, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	m := &module{Log: eventlog.New(db), db: db, dir: dir}
	m.queries = storage.Bind(db, func(_ context.Context, db storage.DBTX) (storage.DBTX, error) { return db, nil })
	require.NoError(t, db.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, db.Close(context.WithoutCancel(t.Context()))) })
	return m
}

func (m *module) Update(ctx context.Context, fn func(context.Context) error) error {
	return m.queries.Write(ctx, func(ctx context.Context, _ storage.DBTX) error { return fn(ctx) })
}

// exec runs a statement.
func (m *module) exec(t *testing.T, text string, args ...any) {
	t.Helper()
	require.NoError(t, m.queries.Write(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		_, err := db.ExecContext(ctx, text, args...)
		return err
	}))
}

func (m *module) Close(t *testing.T) {
	require.NoError(t, m.db.Close(t.Context()))
}

// Image copies database and journal, which is what a killed process leaves.
func (m *module) Image(t *testing.T, dir string) {
	entries, err := os.ReadDir(m.dir)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(m.db.Module())+".db") || strings.HasSuffix(e.Name(), "-shm") {
			continue
		}
		from, err := os.Open(filepath.Join(m.dir, e.Name()))
		require.NoError(t, err)
		to, err := os.Create(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		_, err = io.Copy(to, from)
		require.NoError(t, err)
		require.NoError(t, from.Close())
		require.NoError(t, to.Close())
	}
}

var _ eventstest.Store = (*module)(nil)
