package storage_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	p, metrics := params(t.TempDir()), prometheus.NewRegistry()
	p.Metrics = metrics
	s := openStore(t, p)
	began := time.Now()
	for range 3 {
		require.NoError(t, s.Check(t.Context()))
	}
	if time.Since(began) < time.Second {
		require.Equal(t, 1, commits(t, metrics), "probes in a row share one commit")
	}
	require.Empty(t, s.all(t, t.Context()))
}

func TestCheckHonoursItsContext(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error)
	go func() { told <- s.Check(ctx) }()
	s.awaitQueued(t, 1)
	cancel()
	require.ErrorIs(t, <-told, context.Canceled)
	release()
}

func TestCheckNoticesAFileThatWasMoved(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	s := openStore(t, p)
	path := filepath.Join(p.Dir, "order.db")
	require.NoError(t, os.Rename(path, path+".gone"))
	require.ErrorIs(t, s.Check(t.Context()), os.ErrNotExist)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	require.ErrorContains(t, s.Check(t.Context()), "replaced")
}

func TestSettleKeepsTheFirstTime(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	require.Zero(t, s.Tenure())
	first := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	require.NoError(t, s.Settle(t.Context(), first, "b1"))
	require.NoError(t, s.Settle(t.Context(), first.Add(time.Hour), "b2"))
	require.NoError(t, s.Settle(t.Context(), first.Add(time.Hour), "b2"))
	want := storage.Tenure{Since: first.Truncate(time.Microsecond), Marks: []string{"b1", "b2"}}
	require.Equal(t, want, s.Tenure())
	id := s.StoreID()
	require.NoError(t, s.Close(t.Context()))
	s = openStore(t, p)
	require.Equal(t, want, s.Tenure())
	require.Equal(t, id, s.StoreID())
}

// A good answer must not hold longer because the clock was set back meanwhile.
func TestCheckGoesByTheMonotonicClock(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	require.NoError(t, s.Check(t.Context()))
	require.Contains(t, storage.Probed(s.DB).String(), " m=")
}

// TestFileFromBeforeMarks opens a file that has no marks: it goes on as the store that it was.
func TestFileFromBeforeMarks(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	require.NoError(t, s.Settle(t.Context(), since, "b"))
	require.NoError(t, s.insert(t.Context(), "a", "kept"))
	id := s.StoreID()
	require.NoError(t, s.Close(t.Context()))
	path := filepath.Join(p.Dir, "order.db")
	require.NoError(t, storage.Edit(t.Context(), path, "order", func(ctx context.Context, tx storage.DBTX) error {
		_, err := tx.ExecContext(ctx, `DROP TABLE holon_marks`)
		return err
	}))

	s = openStore(t, p)
	require.Equal(t, id, s.StoreID())
	require.Equal(t, storage.Tenure{Since: since}, s.Tenure())
	require.NoError(t, s.Settle(t.Context(), since, "c"))
	require.Equal(t, map[string]string{"a": "kept"}, s.all(t, t.Context()))
	require.Equal(t, []string{"c"}, s.Tenure().Marks)
}
