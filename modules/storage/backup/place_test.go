package backup_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
)

// nobody owns the data dir of a node that root restores for.
const nobody = 65534

func requireNobodys(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := os.Lstat(path)
		require.NoError(t, err)
		s := info.Sys().(*syscall.Stat_t)
		require.Equal(t, [2]uint32{nobody, nobody}, [2]uint32{s.Uid, s.Gid}, path)
		return nil
	}))
}

func TestRestoreByRoot(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can restore for a node of another user")
	}
	_, _, p := taken(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "alpha.db"), []byte("old"), 0o600))
	require.NoError(t, os.Chown(dir, nobody, nobody))
	require.NoError(t, os.Chown(filepath.Join(dir, "alpha.db"), nobody, nobody))
	ask := backup.RestoreParams{From: p.To, DataDir: dir, Prepare: rearm}
	_, err := backup.Restore(t.Context(), ask)
	var exists *backup.ExistsError
	require.ErrorAs(t, err, &exists)
	require.Contains(t, names(t, dir), "alpha.lock")
	requireNobodys(t, dir)

	ask.Replace = true
	ask.Before(func(step string) error {
		requireNobodys(t, dir)
		if step == "place alpha" {
			return errors.New("crash")
		}
		return nil
	})
	_, err = backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, "crash")
	require.FileExists(t, storage.SwapFile(dir))
	ask.Before(nil)
	r, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err)
	require.DirExists(t, r.Replaced)
	requireNobodys(t, dir)
}

// A restore removes what it finds in its own place, and a backup there would be gone before it is used.
func TestRestoreFromItsOwnPlace(t *testing.T) {
	t.Parallel()
	_, _, p := taken(t)
	dir := t.TempDir()
	place := storage.Restoring(dir)
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(place, link))
	for name, test := range map[string]struct{ place, from string }{
		"itself": {place, place}, "below": {filepath.Join(place, "a"), filepath.Join(place, "a")},
		"through a link": {filepath.Join(place, "b"), filepath.Join(link, "b")},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, os.MkdirAll(filepath.Dir(test.place), 0o700))
			require.NoError(t, os.CopyFS(test.place, os.DirFS(p.To)))
			_, err := backup.Restore(t.Context(), backup.RestoreParams{From: test.from, DataDir: dir})
			require.ErrorContains(t, err, "where a restore keeps its work")
			_, err = backup.Verify(t.Context(), test.place)
			require.NoError(t, err)
		})
	}
	_, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: dir})
	require.ErrorContains(t, err, "which no restore has put there")
	_, err = backup.Verify(t.Context(), filepath.Join(place, "a"))
	require.NoError(t, err)
}

func TestRestoreOfALinkedFile(t *testing.T) {
	t.Parallel()
	_, _, p := taken(t)
	dir := t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(t.TempDir(), "alpha.db"), filepath.Join(dir, "alpha.db")))
	_, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: dir, Replace: true})
	require.ErrorContains(t, err, "is no regular file")
	require.ErrorContains(t, err, "move it away yourself")
	require.NoDirExists(t, storage.Restoring(dir))
}

// What Prepare changes is kept twice until it is done.
func TestRestoreHasRoomToPrepare(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	a.fill(t, 2500)
	p := params(t, a)
	m, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	root := smallDisk(t, int(m.Bytes()+m.Bytes()/2+2<<20))
	ask := backup.RestoreParams{From: p.To, DataDir: filepath.Join(root, "data"), Prepare: rearm}
	_, err = backup.Restore(t.Context(), ask)
	var room *backup.RoomError
	require.ErrorAs(t, err, &room)
	ask.Prepare = nil
	_, err = backup.Restore(t.Context(), ask)
	require.NoError(t, err)
}
