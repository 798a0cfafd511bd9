package storage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

const (
	opens    = "opens as it was"
	anew     = "is made anew"
	taken    = "is taken as it is"
	isLost   = "lost"
	isOther  = "other"
	isBroken = "corrupt"
)

// What becomes of every combination of what is remembered, what is there, and what is allowed.
func TestLostAndOtherStores(t *testing.T) {
	t.Parallel()
	missing := func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }
	empty := func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) }
	oneByte := func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte{0}, 0o600)) }
	unused := func(t *testing.T, path string) {
		require.NoError(t, os.Remove(path))
		makeFile(t, path, "CREATE TABLE t (n INTEGER)", "DROP TABLE t")
	}
	same := func(*testing.T, string) {}
	other := func(t *testing.T, path string) {
		p := params(t.TempDir())
		closedStore(t, p)
		require.NoError(t, os.Rename(filepath.Join(p.Dir, "order.db"), path))
	}
	garbage := func(t *testing.T, path string) {
		require.NoError(t, os.WriteFile(path, make([]byte, 8192), 0o600))
	}
	for name, test := range map[string]struct {
		file func(t *testing.T, path string)
		// What comes of it when nothing is remembered, when the store is, and then with NewStore.
		unknown, known, allowed string
	}{
		"missing":        {missing, anew, isLost, anew},
		"empty":          {empty, anew, isLost, anew},
		"a single byte":  {oneByte, anew, isLost, anew},
		"never used":     {unused, anew, isLost, anew},
		"the same":       {same, opens, opens, opens},
		"another":        {other, taken, isOther, taken},
		"not a database": {garbage, isBroken, isBroken, isBroken},
	} {
		for column, want := range map[string]string{"unknown": test.unknown, "known": test.known, "allowed": test.allowed} {
			t.Run(name+", "+column, func(t *testing.T) {
				t.Parallel()
				p := params(t.TempDir())
				id := closedStore(t, p)
				path := filepath.Join(p.Dir, "order.db")
				test.file(t, path)
				if column == "unknown" {
					require.NoError(t, os.Remove(filepath.Join(p.Dir, "order.store")))
				}
				p.NewStore = column == "allowed"
				requireOutcome(t, p, id, want)
			})
		}
	}
}

func requireOutcome(t *testing.T, p storage.Params, id, want string) {
	t.Helper()
	path := filepath.Join(p.Dir, "order.db")
	before := contents(t, p.Dir)
	s := newStore(t, p)
	err := s.Open(t.Context())
	var lost *storage.LostStoreError
	var other *storage.OtherStoreError
	var corrupt *storage.CorruptError
	switch want {
	case opens, anew, taken:
		require.NoError(t, err)
		all := s.all(t, t.Context())
		require.NoError(t, s.Close(t.Context()))
		require.Equal(t, s.StoreID(), remembered(t, p.Dir))
		require.Equal(t, want == opens, s.StoreID() == id)
		require.Equal(t, want != anew, len(all) > 0)
		p.NewStore = false
		require.Equal(t, s.StoreID(), closedOnly(t, p), "from now on it is the one that is known")
		return
	case isLost:
		require.ErrorAs(t, err, &lost)
		require.Equal(t, []any{"order", path, id, false}, []any{lost.Module, lost.Path, lost.StoreID, lost.Journal})
	case isOther:
		require.ErrorAs(t, err, &other)
		require.Equal(t, []string{"order", path, id}, []string{other.Module, other.Path, other.Known})
		require.NotEqual(t, id, other.StoreID)
		require.ErrorContains(t, err, other.StoreID)
	case isBroken:
		require.ErrorAs(t, err, &corrupt)
		require.Equal(t, []string{"order", path}, []string{corrupt.Module, corrupt.Path})
	}
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, path)
	require.NotEmpty(t, s.Stats().Corrupt)
	require.Equal(t, before, contents(t, p.Dir), "nothing is made and nothing is touched")
}

// The journal of a store that vanished holds what was committed last: no new store is made beside it by any means.
func TestLostStoreWithItsJournal(t *testing.T) {
	t.Parallel()
	p, path := abandoned(t)
	openStore(t, p).Close(t.Context())
	whole := mustRead(t, path)
	require.NoError(t, os.Rename(path, path+".aside"))
	require.NoError(t, os.WriteFile(path+"-wal", []byte("journal"), 0o600))
	var lost *storage.LostStoreError
	require.ErrorAs(t, newStore(t, p).Open(t.Context()), &lost)
	require.True(t, lost.Journal)
	require.ErrorContains(t, lost, "beside its journal")
	anyStore := p
	anyStore.NewStore = true
	err := newStore(t, anyStore).Open(t.Context())
	var corrupt *storage.CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.ErrorContains(t, err, "move the journal away too")
	require.NoFileExists(t, path)

	require.NoError(t, os.Remove(path+"-wal"))
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	require.Contains(t, openStore(t, p).all(t, t.Context()), "journalled", "it is put back")
}

// A file on another disk vanishes with the disk, and the link that stays must not become an empty store.
func TestLostStoreBehindALink(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "order.db")
	p := linked(t, path)
	closedStore(t, p)
	require.NoError(t, os.Rename(path, path+".aside"))
	var lost *storage.LostStoreError
	require.ErrorAs(t, newStore(t, p).Open(t.Context()), &lost)
	require.ErrorContains(t, lost, "is its disk mounted?")
	require.NoFileExists(t, path)
	require.NoError(t, os.Rename(path+".aside", path))
	openStore(t, p)
}

// Another store whose process was killed has its identity in the journal, perhaps.
func TestOtherStoreThatWasNotClosed(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	closedStore(t, p)
	from, _ := abandoned(t)
	for _, name := range []string{"order.db", "order.db-wal"} {
		require.NoError(t, os.Rename(filepath.Join(from.Dir, name), filepath.Join(p.Dir, name)))
	}
	before := contents(t, p.Dir)
	var other *storage.OtherStoreError
	require.ErrorAs(t, newStore(t, p).Open(t.Context()), &other)
	after := contents(t, p.Dir)
	delete(after, "order.db-shm") // an index of the journal, which readers make
	require.Equal(t, before, after)
	p.NewStore = true
	require.Contains(t, openStore(t, p).all(t, t.Context()), "journalled")
}

// A rollback journal hides the identity until a writer has played it back, and the writer looks again.
func TestOtherStoreBehindARollbackJournal(t *testing.T) {
	t.Parallel()
	_, path := filled(t)
	makeFile(t, path, "PRAGMA journal_mode = DELETE")
	p := params(t.TempDir())
	closedStore(t, p)
	makeHotJournal(t, path, filepath.Join(p.Dir, "order.db"))
	var other *storage.OtherStoreError
	require.ErrorAs(t, newStore(t, p).Open(t.Context()), &other)
	p.NewStore = true
	require.Len(t, openStore(t, p).all(t, t.Context()), 300)
}

// A start may be killed at any point: what it leaves is never taken for a loss.
func TestFirstStartThatIsKilled(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(t *testing.T, dir string){
		"before the file": func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "order.db")))
		},
		"before the identity": func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, "order.db"), 0))
		},
		"before the note": func(*testing.T, string) {},
		"amid the note": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "order.store.new"), []byte("{"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := params(t.TempDir())
			closedStore(t, p)
			require.NoError(t, os.Remove(filepath.Join(p.Dir, "order.store")))
			leave(t, p.Dir)
			s := openStore(t, p)
			require.Equal(t, s.StoreID(), remembered(t, p.Dir))
		})
	}
}
