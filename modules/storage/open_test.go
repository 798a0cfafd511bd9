package storage_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*storage.Params){
		"no module":     func(p *storage.Params) { p.Module = "" },
		"a path":        func(p *storage.Params) { p.Module = "../order" },
		"no dir":        func(p *storage.Params) { p.Dir = "" },
		"no migrations": func(p *storage.Params) { p.Migrations = nil },
		"no logger":     func(p *storage.Params) { p.Log = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := params(filepath.Join(t.TempDir(), "data"))
			spoil(&p)
			_, err := storage.New(p)
			require.Error(t, err)
		})
	}
}

func TestNewTouchesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	newStore(t, params(dir))
	require.NoDirExists(t, dir)
}

func TestFilesAreTheOwnersOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "an odd näme?", "100% #1 +&=")
	s := openStore(t, params(dir))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	s.all(t, t.Context())
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		info, err := f.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), f.Name())
		names = append(names, f.Name())
	}
	require.Equal(t, []string{"order.db", "order.db-shm", "order.db-wal", "order.lock", "order.store"}, names)
}

func TestStoreIDStays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newStore(t, params(dir))
	require.Empty(t, s.StoreID())
	require.NoError(t, s.Open(t.Context()))
	id := s.StoreID()
	parsed, err := uuid.Parse(id)
	require.NoError(t, err)
	require.Equal(t, uuid.Version(7), parsed.Version())
	require.Equal(t, "order", s.Module())
	require.NoError(t, s.Close(t.Context()))

	require.Equal(t, id, openStore(t, params(dir)).StoreID())
	require.NotEqual(t, id, openStore(t, params(t.TempDir())).StoreID())
}

func TestFileOfAnotherModule(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newStore(t, params(dir))
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	require.NoError(t, s.Close(t.Context()))
	path := filepath.Join(dir, "user.db")
	require.NoError(t, os.Rename(filepath.Join(dir, "order.db"), path))
	before := mustRead(t, path)

	p := params(dir)
	p.Module = "user"
	err := newStore(t, p).Open(t.Context())
	var foreign *storage.ForeignError
	require.ErrorAs(t, err, &foreign)
	require.Equal(t, &storage.ForeignError{Path: path, Module: "user", Owner: "order"}, foreign)
	require.ErrorContains(t, err, "store of module order, not of module user")
	require.Equal(t, before, mustRead(t, path))
}

func TestFileOfAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "order.db")
	makeFile(t, path, "CREATE TABLE bookmarks (url TEXT)")
	before := mustRead(t, path)
	err := newStore(t, params(dir)).Open(t.Context())
	var foreign *storage.ForeignError
	require.ErrorAs(t, err, &foreign)
	require.ErrorContains(t, err, "some other program")
	require.Equal(t, before, mustRead(t, path))
}

func TestFailedOpenLeavesNothingHeld(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	broken := p
	broken.Migrations = fstest.MapFS{"00001_bad.sql": migration("CREATE TABEL notes (id TEXT)")}
	s := newStore(t, broken)
	require.ErrorContains(t, s.Open(t.Context()), "migrate")
	require.Error(t, s.insert(t.Context(), "a", "1"))
	require.NoError(t, openStore(t, p).insert(t.Context(), "a", "1"), "nothing is locked and the file is whole")
	require.NoError(t, s.Close(t.Context()))
}

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	require.ErrorContains(t, s.Open(t.Context()), "opened before")
	require.NoError(t, s.insert(t.Context(), "a", "1"))
}

func TestOpenWithAnEndedContext(t *testing.T) {
	t.Parallel()
	s := newStore(t, params(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Open(ctx), context.Canceled)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Close(t.Context()))
}

// makeFile makes a database file with another hand than ours.
func makeFile(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer db.Close()
	for _, s := range statements {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

// logged returns a logger and the text it was given.
func logged() (*slog.Logger, *bytes.Buffer) {
	var text bytes.Buffer
	return slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})), &text
}

// makeHotJournal copies the file in the middle of a transaction that has already spilled into it, as a crash would
// leave it.
func makeHotJournal(t *testing.T, from, to string) {
	t.Helper()
	db, err := sql.Open("sqlite", from)
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, s := range []string{"PRAGMA cache_size = 2", "BEGIN", "DELETE FROM notes"} {
		_, err := db.ExecContext(t.Context(), s)
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(to, mustRead(t, from), 0o600))
	require.NoError(t, os.WriteFile(to+"-journal", mustRead(t, from+"-journal"), 0o600))
	_, err = db.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
}
