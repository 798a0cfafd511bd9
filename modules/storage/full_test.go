package storage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

// limitPages lets the database grow by so many pages and no further; it then has no room as on a full disk.
func (s store) limitPages(t *testing.T, more int) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		var pages int
		if err := q.db.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
			return err
		}
		return q.db.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages+more)).Scan(&pages)
	}))
}

func TestFullDatabase(t *testing.T) {
	t.Parallel()
	p, metrics := params(t.TempDir()), prometheus.NewRegistry()
	p.Metrics = metrics
	s := openStore(t, p)
	require.NoError(t, s.insert(t.Context(), "before", "1"))
	s.limitPages(t, 8)

	want := map[string]string{"before": "1"}
	big := strings.Repeat("x", 8000)
	var fns []func(context.Context, *notes) error
	for i := range 20 {
		fns = append(fns, inserting(fmt.Sprint(i), big))
	}
	full := 0
	for i, err := range s.together(t, fns...) {
		if err == nil {
			want[fmt.Sprint(i)] = big
			continue
		}
		full++
		e := status.From(err)
		require.Equal(t, status.StorageFull, e.Code, "%v", err)
		require.NotEmpty(t, e.Details[status.DetailRetryAfter])
		require.NotEmpty(t, e.Details[status.DetailHint])
		require.NotContains(t, e.Message+e.Details[status.DetailHint], p.Dir, "a client learns no path")
	}
	require.NotZero(t, full)
	require.NotZero(t, gathered(t, metrics)["holon_storage_writes_total module=order result=lost"])
	require.Equal(t, want, s.all(t, t.Context()), "told committed and only told committed")

	s.limitPages(t, 1000)
	require.NoError(t, s.insert(t.Context(), "after", big), "room again, and it goes on")
}

func TestFullDatabaseTakesTheWholeTransaction(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	s.limitPages(t, 4)
	told := s.together(t,
		inserting("small", "1"),
		func(ctx context.Context, q *notes) error {
			require.Error(t, q.Insert(ctx, "big", strings.Repeat("x", 100_000)))
			require.Error(t, q.Insert(ctx, "stray", "2"), "from here on it would commit by itself")
			return nil // as if all were well
		},
		inserting("next", "3"),
	)
	require.Error(t, told[0], "its row went with the transaction that the database gave up")
	require.Error(t, told[1])
	require.NoError(t, told[2], "not begun then, so it has a transaction of its own")
	require.Equal(t, map[string]string{"next": "3"}, s.all(t, t.Context()))
}

func TestFullDatabaseAlone(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	s.limitPages(t, 4)
	err := s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		_ = q.Insert(ctx, "big", strings.Repeat("x", 100_000))
		_ = q.Insert(ctx, "stray", "2")
		return nil
	})
	require.Error(t, err)
	require.Empty(t, s.all(t, t.Context()))
}
