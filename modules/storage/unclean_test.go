package storage_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

const pageSize = 4096

// abandoned returns the parameters of a store whose process ended without closing it: 300 rows in the file and one
// more in the journal.
func abandoned(t *testing.T) (storage.Params, string) {
	t.Helper()
	p, path := filled(t)
	s := openStore(t, p)
	require.NoError(t, s.insert(t.Context(), "journalled", "1"))
	left := params(t.TempDir())
	for _, name := range []string{"order.db", "order.db-wal"} {
		require.NoError(t, os.WriteFile(filepath.Join(left.Dir, name), mustRead(t, filepath.Join(filepath.Dir(path), name)), 0o600))
	}
	return left, filepath.Join(left.Dir, "order.db")
}

// rootPage returns the number of the first page of a table or index.
func rootPage(t *testing.T, p storage.Params, name string) (page int) {
	t.Helper()
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Read(t.Context(), func(ctx context.Context, q *notes) error {
		return q.db.QueryRowContext(ctx, `SELECT rootpage FROM sqlite_schema WHERE name = $1`, name).Scan(&page)
	}))
	require.NoError(t, s.Close(t.Context()))
	return page
}

func TestDamageAfterAnUncleanStop(t *testing.T) {
	t.Parallel()
	tree, _ := filled(t)
	table, index := rootPage(t, tree, "notes"), rootPage(t, tree, "sqlite_autoindex_notes_1")
	overwrite := func(page int, with byte) func([]byte) []byte {
		return func(b []byte) []byte {
			copy(b[(page-1)*pageSize:], bytes.Repeat([]byte{with}, pageSize))
			return b
		}
	}
	// A leaf in the middle of a tree is what its root points at.
	leaf := func(root int) func([]byte) []byte {
		return func(b []byte) []byte {
			at := (root - 1) * pageSize
			cell := at + int(binary.BigEndian.Uint16(b[at+12+4:]))
			return overwrite(int(binary.BigEndian.Uint32(b[cell:])), 0xa5)(b)
		}
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"garbage in the header":  func(b []byte) []byte { copy(b, bytes.Repeat([]byte{0xa5}, 100)); return b },
		"cut short":              func(b []byte) []byte { return b[:len(b)/2] },
		"cut amid a page":        func(b []byte) []byte { return b[:len(b)-pageSize*10-100] },
		"a torn page":            func(b []byte) []byte { return overwrite(len(b)/pageSize/2, 0xff)(b) },
		"a zeroed page":          func(b []byte) []byte { return overwrite(len(b)/pageSize/2, 0)(b) },
		"the root of the table":  overwrite(table, 0xa5),
		"the root of the index":  overwrite(index, 0xa5),
		"a leaf of the table":    leaf(table),
		"a leaf of the index":    leaf(index),
		"the end of a leaf gone": func(b []byte) []byte { clear(b[len(b)-2*pageSize-pageSize/2 : len(b)-2*pageSize]); return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, path := abandoned(t)
			bad, journal := spoil(mustRead(t, path)), mustRead(t, path+"-wal")
			require.NoError(t, os.WriteFile(path, bad, 0o600))
			s := newStore(t, p)
			err := s.Open(t.Context())
			require.ErrorIs(t, err, storage.ErrCorrupt)
			require.ErrorContains(t, err, path)
			require.Equal(t, bad, mustRead(t, path))
			require.Equal(t, journal, mustRead(t, path+"-wal"))
		})
	}
}

// What the machine had not synced when its power went is no damage: nobody was told that it is there.
func TestTornJournal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func([]byte) []byte
		kept  bool
	}{
		"as it was":        {func(b []byte) []byte { return b }, true},
		"rubbish behind":   {func(b []byte) []byte { return append(b, bytes.Repeat([]byte{0xa5}, 5000)...) }, true},
		"zeroes behind":    {func(b []byte) []byte { return append(b, make([]byte, 3*(pageSize+24))...) }, true},
		"the last cut off": {func(b []byte) []byte { return b[:len(b)-10] }, false},
		"the last torn":    {func(b []byte) []byte { b[len(b)-10] ^= 1; return b }, false},
		"half a header":    {func(b []byte) []byte { return b[:16] }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, path := abandoned(t)
			require.NoError(t, os.WriteFile(path+"-wal", test.spoil(mustRead(t, path+"-wal")), 0o600))
			all := openStore(t, p).all(t, t.Context())
			if test.kept {
				require.Contains(t, all, "journalled")
			}
			require.Subset(t, all, map[string]string{strings.Repeat("0", 59) + "1": strings.Repeat("x", 1000)})
			require.GreaterOrEqual(t, len(all), 300)
		})
	}
}

func TestCheckAfterAnUncleanStop(t *testing.T) {
	t.Parallel()
	p, _ := abandoned(t)
	log, text := logged()
	p.Log = log
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, newStore(t, p).Open(ctx), context.Canceled)
	require.Contains(t, openStore(t, p).all(t, t.Context()), "journalled")
	require.NotContains(t, text.String(), "checking", "a small file is not worth a word")
}

// BenchmarkOpenUnclean measures the check of a file that was not closed.
func BenchmarkOpenUnclean(b *testing.B) {
	p := params(b.TempDir())
	s := newStore(b, p)
	require.NoError(b, s.Open(b.Context()))
	require.NoError(b, s.Write(b.Context(), func(ctx context.Context, q *notes) error {
		for i := range 150_000 {
			if err := q.Insert(ctx, fmt.Sprintf("%06d", i), strings.Repeat("x", 400)); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(b, s.Close(b.Context()))
	s = openStore(b, p)
	require.NoError(b, s.insert(b.Context(), "a", "1"))
	left := params(b.TempDir())
	size := 0
	for _, name := range []string{"order.db", "order.db-wal"} {
		content, err := os.ReadFile(filepath.Join(p.Dir, name))
		require.NoError(b, err)
		size += len(content)
		require.NoError(b, os.WriteFile(filepath.Join(left.Dir, name), content, 0o600))
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		require.NoError(b, storage.CheckUnclean(newStore(b, left).DB, b.Context(), 1))
	}
}
