package storage_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// filled returns the parameters and the file of a closed store with some hundred pages.
func filled(t *testing.T) (storage.Params, string) {
	t.Helper()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		for i := range 300 {
			if err := q.Insert(ctx, fmt.Sprintf("%060d", i), strings.Repeat("x", 1000)); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, s.Close(t.Context()))
	return p, filepath.Join(p.Dir, "order.db")
}

func TestCorruptFileIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]byte) []byte{
		"no database":        func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 100)) },
		"a few bytes":        func(b []byte) []byte { return b[:50] },
		"header overwritten": func(b []byte) []byte { return append(bytes.Repeat([]byte{0xff}, 100), b[100:]...) },
		"schema overwritten": func(b []byte) []byte { return append(b[:100:100], bytes.Repeat([]byte{0xff}, len(b)-100)...) },
		"cut short":          func(b []byte) []byte { return b[:len(b)/2] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, path := filled(t)
			good := mustRead(t, path)
			bad := spoil(bytes.Clone(good))
			require.NoError(t, os.WriteFile(path, bad, 0o600))

			s := newStore(t, p)
			err := s.Open(t.Context())
			require.ErrorIs(t, err, storage.ErrCorrupt)
			require.ErrorContains(t, err, path)
			require.Equal(t, bad, mustRead(t, path))

			require.NoError(t, os.WriteFile(path, good, 0o600))
			require.NoError(t, s.Open(t.Context()), "once restored it opens")
			require.NoError(t, s.insert(t.Context(), "a", "1"))
			require.NoError(t, s.Close(t.Context()))
		})
	}
}

func TestJournalWithoutItsFile(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(string) error{
		"missing": os.Remove,
		"empty":   func(path string) error { return os.Truncate(path, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := params(t.TempDir())
			c := startChild(t, "write", p.Dir)
			require.True(t, c.lines.Scan())
			c.kill(t)
			path := filepath.Join(p.Dir, "order.db")
			journal := mustRead(t, path+"-wal")
			require.NoError(t, spoil(path))
			require.ErrorIs(t, newStore(t, p).Open(t.Context()), storage.ErrCorrupt)
			require.Equal(t, journal, mustRead(t, path+"-wal"), "what was committed is still there")
		})
	}
}

func TestCorruptionFoundLater(t *testing.T) {
	t.Parallel()
	p, path := filled(t)
	b := mustRead(t, path)
	for i := len(b) / 2; i < len(b); i++ {
		b[i] = 0xff
	}
	require.NoError(t, os.WriteFile(path, b, 0o600))
	s := openStore(t, p)
	err := s.Read(t.Context(), func(ctx context.Context, q *notes) error {
		_, err := q.All(ctx)
		return err
	})
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, path)
	ran := false
	err = s.Write(t.Context(), func(context.Context, *notes) error { ran = true; return nil })
	require.ErrorIs(t, err, storage.ErrCorrupt, "no more writes to a damaged file")
	require.False(t, ran)
	require.ErrorIs(t, s.Check(t.Context()), storage.ErrCorrupt)
}

// A crash while the file was being made can leave a rollback journal, which only a connection that writes may play
// back; that must not look like damage.
func TestRollbackJournalOfACrash(t *testing.T) {
	t.Parallel()
	_, path := filled(t)
	makeFile(t, path, "PRAGMA journal_mode = DELETE")
	crashed := params(t.TempDir())
	makeHotJournal(t, path, filepath.Join(crashed.Dir, "order.db"))
	require.Len(t, openStore(t, crashed).all(t, t.Context()), 300)
}
