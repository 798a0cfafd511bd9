package storage_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// pins are a part's migrations.
func pins() fstest.MapFS {
	return fstest.MapFS{"00001_pins.sql": migration(`
		CREATE TABLE boards (name TEXT PRIMARY KEY) STRICT;
		CREATE TABLE pins (board TEXT NOT NULL REFERENCES boards (name), note TEXT NOT NULL) STRICT;`)}
}

// openWith opens a store with a part and returns it with the error.
func openWith(t *testing.T, p storage.Params, name string, migrations fstest.MapFS) (store, error) {
	t.Helper()
	s := newStore(t, p)
	s.Attach(name, migrations)
	err := s.Open(t.Context())
	t.Cleanup(func() { require.NoError(t, s.Close(t.Context())) })
	return s, err
}

func TestPartJoinsAFileThatIsThere(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	require.NoError(t, s.Close(t.Context()))
	for range 2 {
		s, err := openWith(t, p, "pins", pins())
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "1"}, s.all(t, t.Context()))
		require.NoError(t, s.Close(t.Context()))
	}
}

func TestModuleBuildsOnItsParts(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	p.Migrations.(fstest.MapFS)["00002_board.sql"] = migration("INSERT INTO boards (name) VALUES ('notes')")
	_, err := openWith(t, p, "pins", pins())
	require.NoError(t, err)
}

func TestNewerPartIsAccepted(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	newer := pins()
	newer["00002_colour.sql"] = migration("ALTER TABLE boards ADD COLUMN colour TEXT NOT NULL DEFAULT 'white'")
	log, text := logged()
	p.Log = log
	s, err := openWith(t, p, "pins", newer)
	require.NoError(t, err)
	require.Contains(t, text.String(), `msg="migration applied" version=2 of=pins`)
	require.NoError(t, s.Close(t.Context()))

	log, text = logged()
	p.Log = log
	s, err = openWith(t, p, "pins", pins())
	require.NoError(t, err)
	require.NoError(t, s.insert(t.Context(), "b", "2"))
	require.Contains(t, text.String(), "database_version=2 binary_version=1 of=pins")
	require.NotContains(t, text.String(), "of=order", "the module itself is as new as the binary")
}

func TestPartThatBreaksReferences(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	broken := pins()
	broken["00002_break.sql"] = migration("INSERT INTO pins (board, note) VALUES ('none', 'a')")
	for range 2 {
		_, err := openWith(t, p, "pins", broken)
		require.ErrorContains(t, err, "rows in pins that refer to nothing in boards", "a second start finds it too")
	}
}

func TestPartThatDoesNotMigrate(t *testing.T) {
	t.Parallel()
	_, err := openWith(t, params(t.TempDir()), "pins", fstest.MapFS{"00001_pins.sql": migration("CREATE TABLE")})
	require.ErrorContains(t, err, "migrate pins: ")
	_, err = openWith(t, params(t.TempDir()), "pins", fstest.MapFS{})
	require.ErrorContains(t, err, "read migrations of pins: ")
}

func TestPartsNames(t *testing.T) {
	t.Parallel()
	for _, names := range [][]string{{""}, {"Pins"}, {"pins", "pins"}, {"goose_db"}, {"pins; --"}} {
		s := newStore(t, params(t.TempDir()))
		for _, name := range names {
			s.Attach(name, pins())
		}
		require.ErrorContains(t, s.Open(t.Context()), "is attached twice or has no lower-case snake_case name", names)
	}
}
