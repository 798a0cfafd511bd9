package storage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
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

// A holder that removes the file takes the name from the lock, so who waited for it has not got that of the next.
func TestLockIsOfItsName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "node.lock")
	target := path + ".target"
	require.NoError(t, os.Symlink(target, path))
	_, err := storage.Acquire(path, storage.Owner{})
	require.ErrorIs(t, err, syscall.ELOOP, "not through a link")
	require.NoFileExists(t, target)
	require.NoError(t, os.Remove(path))

	var held, sum atomic.Int64
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 200 {
				l, err := storage.Acquire(path, storage.Owner{})
				if err != nil {
					continue
				}
				sum.Add(1)
				if held.Add(1) > 1 {
					t.Error("two hold the lock")
				}
				held.Add(-1)
				if err := errors.Join(os.Remove(path), l.Release()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	require.Positive(t, sum.Load())
}
