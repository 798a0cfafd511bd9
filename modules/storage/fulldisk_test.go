package storage_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/status"
)

func requireFull(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, status.StorageFull, status.From(err).Code, "%v", err)
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 8<<20)
	p := params(filepath.Join(root, "data"))
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	want := map[string]string{}
	// write adds rows until one is refused, and reports whether one was.
	write := func(round string) bool {
		for i := range 3000 {
			id, body := fmt.Sprint(round, i), strings.Repeat("x", 3000)
			if err := s.insert(t.Context(), id, body); err != nil {
				requireFull(t, err)
				return true
			}
			want[id] = body
		}
		return false
	}
	require.NoError(t, s.insert(t.Context(), "first", "1"))
	want["first"] = "1"
	free := fillDisk(t, root)
	require.True(t, write("full"))
	requireFull(t, s.Check(t.Context()))
	require.Equal(t, want, s.all(t, t.Context()), "reads go on")
	require.Less(t, s.Stats().Free, int64(4096))
	free()
	require.NoError(t, s.insert(t.Context(), "again", "2"), "by itself")
	want["again"] = "2"
	require.True(t, write("until it is full"))
	require.NoError(t, s.Close(t.Context()))

	free = fillDisk(t, root)
	s = newStore(t, p)
	if err := s.Open(t.Context()); err != nil { // or Close had no room to move the journal, and nothing is to be made
		requireFull(t, err)
	} else {
		require.Equal(t, want, s.all(t, t.Context()))
		require.NoError(t, s.Close(t.Context()))
		s = newStore(t, p)
	}
	free()
	require.NoError(t, s.Open(t.Context()))
	require.Equal(t, want, s.all(t, t.Context()), "nothing that was confirmed is lost")
	require.NoError(t, s.Close(t.Context()))
}

// After a crash nothing can be read before the journal was, which takes a file that may be gone.
func TestFullDiskAfterACrash(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 8<<20)
	p := params(filepath.Join(root, "data"))
	c := startChild(t, "write", p.Dir)
	require.True(t, c.lines.Scan())
	id := c.lines.Text()
	c.kill(t)
	require.NoError(t, os.Remove(filepath.Join(p.Dir, "order.db-shm")))
	free := fillDisk(t, root)
	journal := mustRead(t, filepath.Join(p.Dir, "order.db-wal"))
	s := newStore(t, p)
	requireFull(t, s.Open(t.Context()))
	require.Equal(t, journal, mustRead(t, filepath.Join(p.Dir, "order.db-wal")))
	free()
	require.NoError(t, s.Open(t.Context()))
	require.Contains(t, s.all(t, t.Context()), id)
	require.NoError(t, s.Close(t.Context()))
}

// Some file systems run out of files and not of space; the database cannot say so.
func TestDiskWithoutFiles(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 8<<20, "nr_inodes=16")
	p := params(filepath.Join(root, "data"))
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	require.NoError(t, s.Close(t.Context()))
	var taken []string
	for i := range 20 {
		path := filepath.Join(root, fmt.Sprint(i))
		if os.WriteFile(path, nil, 0o600) != nil {
			break
		}
		taken = append(taken, path)
	}
	requireFull(t, newStore(t, p).Open(t.Context()))
	for _, path := range taken {
		require.NoError(t, os.Remove(path))
	}
	require.Equal(t, map[string]string{"a": "1"}, openStore(t, p).all(t, t.Context()))
}

func TestStats(t *testing.T) {
	t.Parallel()
	p, path := filled(t)
	s := newStore(t, p)
	before := s.Stats()
	require.Positive(t, before.Free)
	require.EqualValues(t, len(mustRead(t, path)), before.File)
	require.Zero(t, before.Journal)
	require.NoError(t, s.Open(t.Context()))
	release := s.hold(t)
	done := make(chan error)
	go func() { done <- s.insert(context.WithoutCancel(t.Context()), "a", "1") }()
	s.awaitQueued(t, 1)
	require.Equal(t, 1, s.Stats().Queued)
	release()
	require.NoError(t, <-done)
	require.Positive(t, s.Stats().Journal)
	require.Empty(t, s.Stats().Corrupt)
	require.NoError(t, s.Close(t.Context()))

	require.NoError(t, os.Truncate(path, 5000))
	s = newStore(t, p)
	require.ErrorIs(t, s.Open(t.Context()), storage.ErrCorrupt)
	require.Contains(t, s.Stats().Corrupt, path)
}
