package storage_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

func TestCloseFinishesQueuedWrites(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	s := newStore(t, p)
	require.NoError(t, s.Open(t.Context()))
	release := s.hold(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := s.insert(t.Context(), strconv.Itoa(i), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	s.awaitQueued(t, 50)
	closed := make(chan error)
	go func() { closed <- s.Close(context.WithoutCancel(t.Context())) }()
	release()
	wg.Wait()
	require.NoError(t, <-closed)
	require.NoFileExists(t, p.Dir+"/order.db-wal", "the file by itself is whole")
	require.Len(t, openStore(t, p).all(t, t.Context()), 50)
}

func TestClosedIsUnavailable(t *testing.T) {
	t.Parallel()
	s := newStore(t, params(t.TempDir()))
	refuses := func() {
		t.Helper()
		nothing := func(context.Context, *notes) error { t.Error("ran"); return nil }
		require.Equal(t, status.Unavailable, status.CodeOf(s.Write(t.Context(), nothing)))
		require.Equal(t, status.Unavailable, status.CodeOf(s.Read(t.Context(), nothing)))
		require.Equal(t, status.Unavailable, status.CodeOf(s.Check(t.Context())))
	}
	refuses()
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.Close(t.Context()))
	require.NoError(t, s.Close(t.Context()))
	refuses()
	require.Error(t, s.Open(t.Context()), "a closed database stays closed")
}

func TestCloseWithoutOpen(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	require.NoError(t, newStore(t, p).Close(t.Context()))
	files, err := os.ReadDir(p.Dir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestCloseThatRunsOutOfTime(t *testing.T) {
	t.Parallel()
	s := newStore(t, params(t.TempDir()))
	require.NoError(t, s.Open(t.Context()))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Close(ctx), context.Canceled)
	require.Equal(t, status.Unavailable, status.CodeOf(s.insert(t.Context(), "a", "1")), "shut already")
	release()
	require.NoError(t, s.Close(t.Context()))
}

func TestCloseWaitsForReaders(t *testing.T) {
	t.Parallel()
	s := newStore(t, params(t.TempDir()))
	require.NoError(t, s.Open(t.Context()))
	require.NoError(t, s.insert(t.Context(), "a", "1"))
	reading, let, read := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		read <- s.Read(t.Context(), func(ctx context.Context, q *notes) error {
			close(reading)
			<-let
			_, err := q.Body(ctx, "a")
			return err
		})
	}()
	<-reading
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Close(ctx), context.Canceled)
	close(let)
	require.NoError(t, <-read)
	require.NoError(t, s.Close(t.Context()))
}
