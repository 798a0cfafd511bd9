package storage_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestLockNamesItsHolder(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node.lock")
	owner := storage.Owner{PID: 4711, Host: "box", Node: "box-order", Started: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	held, err := storage.Acquire(path, owner)
	require.NoError(t, err)

	_, err = storage.Acquire(path, storage.ThisProcess("second"))
	var locked *storage.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, &storage.LockedError{Path: path, Owner: owner}, locked)
	require.EqualError(t, err, path+" is locked by process 4711 on host box (node box-order) since 2026-05-04T03:02:01Z")

	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, held.Release())
	require.NoError(t, held.Release())
	again, err := storage.Acquire(path, owner)
	require.NoError(t, err)
	require.NoError(t, again.Release())
}

func TestLockWithUnreadableText(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "torn": `{"pid": 47`, "binary": "\x00\xff\x00", "wrong types": `{"pid":"many"}`, "list": `[1]`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "node.lock")
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			held, err := storage.Acquire(path, storage.ThisProcess(""))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))

			_, err = storage.Acquire(path, storage.ThisProcess(""))
			var locked *storage.LockedError
			require.ErrorAs(t, err, &locked)
			require.Zero(t, locked.Owner)
			require.ErrorContains(t, err, "another process")
			require.NoError(t, held.Release())
		})
	}
}

func TestLockInAMissingDir(t *testing.T) {
	t.Parallel()
	_, err := storage.Acquire(filepath.Join(t.TempDir(), "no", "such.lock"), storage.Owner{})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startChild(t, "hold", dir)

	s := newStore(t, params(dir))
	err := s.Open(t.Context())
	var locked *storage.LockedError
	require.ErrorAs(t, err, &locked)
	require.Equal(t, c.Process.Pid, locked.Owner.PID)
	require.ErrorContains(t, err, strconv.Itoa(c.Process.Pid))
	require.ErrorContains(t, err, "child-node")

	c.kill(t)
	require.NoError(t, s.Open(t.Context()), "the kernel freed the lock")
	require.NoError(t, s.Close(t.Context()))
}
