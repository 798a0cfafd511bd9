package backup_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
)

// remembered returns the id of the store that the data dir remembers of a module.
func remembered(t *testing.T, dir, module string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, module+".store"))
	require.NoError(t, err)
	var n struct {
		Module  string `json:"module"`
		StoreID string `json:"store_id"`
	}
	require.NoError(t, json.Unmarshal(text, &n))
	require.Equal(t, module, n.Module)
	return n.StoreID
}

// requireNew requires that a restore in the place of stores has made others of them, and that the data dir knows these.
func requireNew(t *testing.T, r backup.Restored, was ...store) {
	t.Helper()
	for at, s := range was {
		require.Equal(t, r.Stores[at].StoreID, remembered(t, s.Dir(), s.Module()))
		require.NotEqual(t, s.StoreID(), r.Stores[at].StoreID)
	}
}

// A lost store is no data that a restore could replace, whether it is told to or not.
func TestRestoreOfALostStore(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]bool{"as it is": false, "told to replace": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b, p := taken(t)
			want := a.bodies(t)
			a.close(t)
			b.close(t)
			for _, module := range []string{"alpha", "beta"} {
				require.NoError(t, os.Remove(filepath.Join(a.Dir(), module+".db")))
				var lost *storage.LostStoreError
				require.ErrorAs(t, newStore(t, module, a.Dir()).DB.Open(t.Context()), &lost)
			}
			// The store that is remembered need not be the one of the backup.
			require.NoError(t, storage.Remember(a.Dir(), "beta", "01900000-0000-7000-8000-000000000000"))
			r, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: a.Dir(), Replace: replace})
			require.NoError(t, err)
			require.Empty(t, r.Replaced)
			requireNew(t, r, a, b)
			require.Equal(t, want, openStore(t, "alpha", a.Dir()).bodies(t))
			openStore(t, "beta", a.Dir())
		})
	}
}

// An empty file is a file, so it takes the word to replace it.
func TestRestoreOfAnEmptiedStore(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	a.close(t)
	b.close(t)
	require.NoError(t, os.Truncate(filepath.Join(a.Dir(), "alpha.db"), 0))
	ask := backup.RestoreParams{From: p.To, DataDir: a.Dir(), Only: []string{"alpha"}}
	_, err := backup.Restore(t.Context(), ask)
	var exists *backup.ExistsError
	require.ErrorAs(t, err, &exists)
	require.Equal(t, []string{"alpha.db (0 bytes)"}, exists.Files)
	ask.Replace = true
	r, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, []string{"alpha.db", "alpha.store"}, names(t, r.Replaced))
	openStore(t, "alpha", a.Dir())
}

// The store of a backup is taken where another one was, and what was there fits together when it is moved back.
func TestRestoreOverAnotherStore(t *testing.T) {
	t.Parallel()
	a, _, p := taken(t)
	dir := t.TempDir()
	other := newStore(t, "alpha", dir)
	require.NoError(t, other.DB.Open(t.Context()))
	require.NoError(t, other.insert(t.Context(), 1, "other"))
	other.close(t)
	ask := backup.RestoreParams{From: p.To, DataDir: dir, Only: []string{"alpha"}, Replace: true}
	r, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, r.Stores[0].StoreID, remembered(t, dir, "alpha"))
	newlyThere := openStore(t, "alpha", dir)
	require.Equal(t, a.bodies(t), newlyThere.bodies(t))
	newlyThere.close(t)

	require.Equal(t, other.StoreID(), remembered(t, r.Replaced, "alpha"))
	for _, name := range names(t, r.Replaced) {
		require.NoError(t, os.Rename(filepath.Join(r.Replaced, name), filepath.Join(dir, name)))
	}
	require.Equal(t, map[int]string{1: "other"}, openStore(t, "alpha", dir).bodies(t))
}

// A restore into a lost store's place is finished from wherever it was left, with the old note still there.
func TestRestoreOfALostStoreIsFinished(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"begin", "place alpha", "remember alpha", "place beta", "remember beta", "done"} {
		t.Run(last, func(t *testing.T) {
			t.Parallel()
			_, _, p := taken(t)
			dir := t.TempDir()
			for _, module := range []string{"alpha", "beta"} {
				require.NoError(t, storage.Remember(dir, module, "01900000-0000-7000-8000-000000000000"))
			}
			require.NoError(t, os.WriteFile(filepath.Join(dir, "alpha.store.new"), []byte("{"), 0o600))
			ask := backup.RestoreParams{From: p.To, DataDir: dir}
			ask.Before(func(step string) error {
				if step == last {
					return errors.New("crash")
				}
				return nil
			})
			_, err := backup.Restore(t.Context(), ask)
			require.ErrorContains(t, err, "crash")
			ask.Before(nil)
			r, err := backup.Restore(t.Context(), ask)
			require.NoError(t, err)
			require.Equal(t, last != "begin", r.Finished)
			require.Equal(t, []string{".restore.lock", "alpha.db", "alpha.lock", "alpha.store", "beta.db", "beta.lock", "beta.store"}, names(t, dir))
			for at, module := range []string{"alpha", "beta"} {
				require.Equal(t, r.Stores[at].StoreID, remembered(t, dir, module))
				openStore(t, module, dir)
			}
		})
	}
}
