package storage_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/contract"
	"holon/transport/status"
)

var errOwn = errors.New("a reason of its own")

func TestReadSeesWhatWriteReturned(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	for i := range 100 {
		id := strconv.Itoa(i)
		require.NoError(t, s.insert(t.Context(), id, "body "+id))
		require.NoError(t, s.Read(t.Context(), func(ctx context.Context, q *notes) error {
			body, err := q.Body(ctx, id)
			require.Equal(t, "body "+id, body)
			return err
		}))
	}
}

func TestNeighboursKeepTheirOutcomes(t *testing.T) {
	t.Parallel()
	p, metrics := params(t.TempDir()), prometheus.NewRegistry()
	p.Metrics = metrics
	s := openStore(t, p)

	told := s.together(t,
		inserting("a", "1"),
		func(ctx context.Context, q *notes) error {
			require.NoError(t, q.Insert(ctx, "b", "2"))
			return errOwn
		},
		func(ctx context.Context, q *notes) error {
			require.NoError(t, q.Insert(ctx, "c", "3"))
			panic("at the disco")
		},
		inserting("a", "4"),
		inserting("e", "5"),
	)

	require.NoError(t, told[0])
	require.Equal(t, errOwn, told[1], "an own error comes back as it is")
	require.Equal(t, status.Internal, status.CodeOf(told[2]))
	require.ErrorContains(t, told[2], "at the disco")
	require.True(t, storage.IsUnique(told[3]))
	require.NoError(t, told[4])
	require.Equal(t, map[string]string{"a": "1", "e": "5"}, s.all(t, t.Context()))
	require.Equal(t, 2, commits(t, metrics), "all five shared one transaction")
}

func TestFailureAloneIsUndone(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	err := s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		require.NoError(t, q.Insert(ctx, "a", "1"))
		return errOwn
	})
	require.Equal(t, errOwn, err)
	require.Empty(t, s.all(t, t.Context()))
}

func TestFunctionMayGoOnAfterAFailedStatement(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	told := s.together(t, inserting("a", "1"), func(ctx context.Context, q *notes) error {
		require.NoError(t, q.Insert(ctx, "b", "2"))
		require.True(t, storage.IsUnique(q.Insert(ctx, "a", "2")))
		return q.Insert(ctx, "c", "2")
	})
	require.Equal(t, []error{nil, nil}, told)
	require.Equal(t, map[string]string{"a": "1", "b": "2", "c": "2"}, s.all(t, t.Context()))
}

func TestFunctionThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	told := s.together(t,
		inserting("a", "1"),
		func(context.Context, *notes) error { runtime.Goexit(); return nil },
		inserting("b", "2"),
	)
	require.ErrorContains(t, told[0], "ended its goroutine", "its transaction went with it")
	require.ErrorContains(t, told[1], "ended its goroutine")
	require.NoError(t, told[2], "the writer goes on")
	require.Equal(t, map[string]string{"b": "2"}, s.all(t, t.Context()))
}

func TestFunctionCannotEndTheTransaction(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"COMMIT", "ROLLBACK"} {
		t.Run(verb, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, params(t.TempDir()))
			told := s.together(t,
				inserting("a", "1"),
				func(ctx context.Context, q *notes) error {
					_, _ = q.db.ExecContext(ctx, verb)
					_ = q.Insert(ctx, "b", "2") // would commit by itself
					return nil
				},
				inserting("c", "3"),
			)
			require.Error(t, told[0], "nobody is told committed of a transaction that is gone")
			require.Error(t, told[1])
			require.NoError(t, told[2])
			require.Equal(t, map[string]string{"c": "3"}, s.all(t, t.Context()))
		})
	}
}

func TestTransactionsDoNotNest(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	p := params(t.TempDir())
	p.Module = "other"
	other := openStore(t, p)
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, _ *notes) error {
		require.ErrorIs(t, s.insert(ctx, "a", "1"), storage.ErrInTransaction)
		require.ErrorIs(t, other.insert(ctx, "a", "1"), storage.ErrInTransaction)
		nothing := func(context.Context, *notes) error { return nil }
		require.ErrorIs(t, s.Read(ctx, nothing), storage.ErrInTransaction)
		return nil
	}))
}

func TestContextOfAWriteFunction(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	ctx := contract.WithPrincipal(t.Context(), contract.Principal{Subject: "ann"})
	require.NoError(t, s.Write(ctx, func(ctx context.Context, _ *notes) error {
		require.Nil(t, ctx.Done())
		require.True(t, contract.InTransaction(ctx))
		require.Equal(t, "ann", contract.PrincipalOf(ctx).Subject)
		return nil
	}))
}

func TestReadersCannotWrite(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	err := s.Read(t.Context(), func(ctx context.Context, q *notes) error { return q.Insert(ctx, "a", "1") })
	require.ErrorContains(t, err, "readonly")
}

func TestForeignKeysHold(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	err := s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		_, err := q.insertTag.ExecContext(ctx, "nobody", "tag")
		return err
	})
	require.ErrorContains(t, err, "FOREIGN KEY")
	require.False(t, storage.IsUnique(err))
}

func TestBoundAfterOpen(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	late := storage.Bind(s.DB, prepareNotes)
	nothing := func(context.Context, *notes) error { return nil }
	require.ErrorContains(t, late.Write(t.Context(), nothing), "bound after Open")
	require.ErrorContains(t, late.Read(t.Context(), nothing), "bound after Open")
}
