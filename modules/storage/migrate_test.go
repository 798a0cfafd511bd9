package storage_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestNewerSchemaIsAccepted(t *testing.T) {
	t.Parallel()
	newer := params(t.TempDir())
	newer.Migrations = fstest.MapFS{
		"00001_notes.sql": schema["00001_notes.sql"],
		"00002_more.sql":  migration("ALTER TABLE notes ADD COLUMN colour TEXT NOT NULL DEFAULT 'white'"),
	}
	s := newStore(t, newer)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	require.NoError(t, s.Close(t.Context()))

	older := newer
	older.Migrations = schema
	log, text := logged()
	older.Log = log
	s = newStore(t, older)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "b", "2"))
	require.Len(t, s.all(t, t.Context()), 2)
	require.NoError(t, s.Close(t.Context()))
	require.Contains(t, text.String(), "level=WARN")
	require.Contains(t, text.String(), "database_version=2 binary_version=1")

	log, text = logged()
	newer.Log = log
	openStore(t, newer)
	require.NotContains(t, text.String(), "WARN", "back on the newer binary")
}

func TestMigrationsAreToldAtDebug(t *testing.T) {
	t.Parallel()
	log, text := logged()
	p := params(t.TempDir())
	p.Log = log
	openStore(t, p)
	require.Contains(t, text.String(), `level=DEBUG msg="migration applied" version=1`)
	require.NotContains(t, text.String(), "level=INFO")
}

const rebuild = `
	CREATE TABLE new_notes (id TEXT PRIMARY KEY, body TEXT NOT NULL, length INTEGER NOT NULL) STRICT;
	INSERT INTO new_notes SELECT id, body, length(body) FROM notes;
	DROP TABLE notes;
	ALTER TABLE new_notes RENAME TO notes;`

func TestRebuiltTableKeepsItsReferences(t *testing.T) {
	t.Parallel()
	p := tagged(t)
	p.Migrations.(fstest.MapFS)["00002_rebuild.sql"] = migration(rebuild)
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	defer s.Close(t.Context())
	require.NoError(t, s.Read(t.Context(), func(ctx context.Context, q *notes) error {
		var tags int
		err := q.db.QueryRowContext(ctx, "SELECT count(*) FROM tags").Scan(&tags)
		require.Equal(t, 1, tags)
		return err
	}))
}

func TestMigrationThatBreaksReferences(t *testing.T) {
	t.Parallel()
	p := tagged(t)
	p.Migrations.(fstest.MapFS)["00002_break.sql"] = migration("DELETE FROM notes")
	for range 2 {
		err := newStore(t, p).Open(t.Context())
		require.ErrorContains(t, err, "rows in tags that refer to nothing in notes", "a second start finds it too")
	}
}

// tagged returns the parameters of a closed store that holds a note and a tag that refers to it.
func tagged(t *testing.T) storage.Params {
	t.Helper()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		if err := q.Insert(ctx, "a", "1"); err != nil {
			return err
		}
		_, err := q.insertTag.ExecContext(ctx, "a", "tag")
		return err
	}))
	require.NoError(t, s.Close(t.Context()))
	return p
}
