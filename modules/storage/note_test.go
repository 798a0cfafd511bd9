package storage_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// remembered returns the id of the store that the data dir remembers, "" when it remembers none.
func remembered(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "order.store"))
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(t, err)
	var n struct {
		Module  string    `json:"module"`
		StoreID string    `json:"store_id"`
		Since   time.Time `json:"since"`
	}
	require.NoError(t, json.Unmarshal(text, &n))
	require.Equal(t, "order", n.Module)
	require.WithinDuration(t, time.Now(), n.Since, time.Minute)
	return n.StoreID
}

// closedStore makes a store with a row, closes it, and returns its id.
func closedStore(t *testing.T, p storage.Params) (id string) {
	t.Helper()
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", s.StoreID()))
	require.NoError(t, s.Close(t.Context()))
	return s.StoreID()
}

// contents returns what every file below dir holds.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			all[name] = string(mustRead(t, filepath.Join(dir, name)))
		}
		return err
	}))
	return all
}

func TestStoreIsRemembered(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	id := closedStore(t, p)
	require.Equal(t, id, remembered(t, p.Dir))
	before := contents(t, p.Dir)
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Close(t.Context()))
	require.Equal(t, before["order.store"], contents(t, p.Dir)["order.store"], "not written again")

	p.NewStore = true
	require.Equal(t, id, openStore(t, p).StoreID(), "the store that is known is no other one")
	require.Equal(t, before["order.store"], contents(t, p.Dir)["order.store"])
}

// What a crash amid the writing left is replaced, and nothing is written through a link of that name.
func TestLeftoverOfANote(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(t *testing.T, path, other string){
		"torn":   func(t *testing.T, path, _ string) { require.NoError(t, os.WriteFile(path, []byte(`{"mod`), 0o600)) },
		"a link": func(t *testing.T, path, other string) { require.NoError(t, os.Symlink(other, path)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := params(t.TempDir())
			other := filepath.Join(t.TempDir(), "letter.txt")
			require.NoError(t, os.WriteFile(other, []byte("dear"), 0o600))
			leave(t, filepath.Join(p.Dir, "order.store.new"), other)
			id := closedStore(t, p)
			require.Equal(t, id, remembered(t, p.Dir))
			require.NoFileExists(t, filepath.Join(p.Dir, "order.store.new"))
			require.Equal(t, "dear", string(mustRead(t, other)))
		})
	}
}

// A store is remembered when it was opened to the end: one that failed at its first start may be made anew.
func TestFailedOpenRemembersNothing(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	broken := p
	broken.Migrations = fstest.MapFS{"00001_bad.sql": migration("CREATE TABEL notes (id TEXT)")}
	require.Error(t, newStore(t, broken).Open(t.Context()))
	require.Empty(t, remembered(t, p.Dir))
	require.NoError(t, os.Remove(filepath.Join(p.Dir, "order.db")))
	closedStore(t, p)
}

func TestUnreadableNote(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "torn": `{"module":"order","sto`, "no JSON of ours": `[]`,
		"another module's": `{"module":"user","store_id":"x"}`, "no store": `{"module":"order"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := params(t.TempDir())
			id := closedStore(t, p)
			path := filepath.Join(p.Dir, "order.store")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			before := contents(t, p.Dir)
			err := newStore(t, p).Open(t.Context())
			require.NotErrorIs(t, err, storage.ErrCorrupt, "the data may be well")
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, "if order.db is the right file, remove the note")
			require.Equal(t, before, contents(t, p.Dir))

			require.NoError(t, os.Remove(path))
			require.Equal(t, id, closedOnly(t, p))
			require.Equal(t, id, remembered(t, p.Dir))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			p.NewStore = true
			require.Equal(t, id, closedOnly(t, p))
			require.Equal(t, id, remembered(t, p.Dir))
		})
	}
}

// closedOnly opens and closes a store that is there, and returns its id.
func closedOnly(t *testing.T, p storage.Params) string {
	t.Helper()
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Close(t.Context()))
	return s.StoreID()
}

// A data dir that cannot be noted in still works, unless its note is of another store.
func TestNoteThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	log, text := logged()
	p.Log = log
	inTheWay := filepath.Join(p.Dir, "order.store.new", "x")
	require.NoError(t, os.MkdirAll(inTheWay, 0o700))
	id := closedStore(t, p)
	require.Contains(t, text.String(), "the next start will not notice")
	require.Empty(t, remembered(t, p.Dir))

	require.NoError(t, os.WriteFile(filepath.Join(p.Dir, "order.store"), []byte(`{"module":"order","store_id":"other"}`), 0o600))
	p.NewStore = true
	require.ErrorContains(t, newStore(t, p).Open(t.Context()), "note the store of module order")
	require.NoError(t, os.RemoveAll(filepath.Dir(inTheWay)))
	require.Equal(t, id, closedOnly(t, p))
	require.Equal(t, id, remembered(t, p.Dir))
}
