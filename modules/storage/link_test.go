package storage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// linked makes a data dir whose file is a link to another place, and returns the parameters of its store.
func linked(t *testing.T, to string) storage.Params {
	t.Helper()
	p := params(t.TempDir())
	require.NoError(t, os.Symlink(to, filepath.Join(p.Dir, "order.db")))
	return p
}

func TestLinkedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "order.db")
	p := linked(t, path)
	s := openStore(t, p)
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	require.FileExists(t, path+"-wal")
	require.Positive(t, s.Stats().Journal)
	require.NoError(t, s.Check(t.Context()))
}

func TestLinkedFileAfterAnUncleanStop(t *testing.T) {
	t.Parallel()
	_, path := abandoned(t)
	whole := mustRead(t, path)
	bad := append([]byte{}, whole...)
	clear(bad[len(bad)/2:])
	require.NoError(t, os.WriteFile(path, bad, 0o600))
	p := linked(t, path)
	require.ErrorIs(t, newStore(t, p).Open(t.Context()), storage.ErrCorrupt, "it was looked at")
	require.Equal(t, bad, mustRead(t, path))
	require.NoError(t, os.WriteFile(path, whole, 0o600))
	require.Contains(t, openStore(t, p).all(t, t.Context()), "journalled")
}

func TestLinkedJournalWithoutItsFile(t *testing.T) {
	t.Parallel()
	_, path := abandoned(t)
	journal := mustRead(t, path+"-wal")
	require.NoError(t, os.Remove(path))
	relative := params(t.TempDir())
	to, err := filepath.Rel(relative.Dir, path)
	require.NoError(t, err)
	require.NoError(t, os.Symlink(to, filepath.Join(relative.Dir, "order.db")))
	for _, p := range []storage.Params{linked(t, path), relative} {
		require.ErrorIs(t, newStore(t, p).Open(t.Context()), storage.ErrCorrupt)
		require.Equal(t, journal, mustRead(t, path+"-wal"))
	}
}
