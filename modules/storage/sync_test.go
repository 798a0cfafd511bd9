package storage_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestMkdirAllSynced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c") + "/"
	for range 2 {
		require.NoError(t, storage.MkdirAllSynced(deep))
	}
	for path := filepath.Clean(deep); path != dir; path = filepath.Dir(path) {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700)|os.ModeDir, info.Mode())
	}
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	require.ErrorIs(t, storage.MkdirAllSynced(file), syscall.ENOTDIR)
	require.ErrorIs(t, storage.MkdirAllSynced(filepath.Join(file, "x")), syscall.ENOTDIR)
	require.NoError(t, os.Symlink("a", filepath.Join(dir, "link")))
	require.NoError(t, storage.MkdirAllSynced(filepath.Join(dir, "link")))
}
