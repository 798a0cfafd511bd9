package storage_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestCancelWhileQueued(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error)
	go func() {
		told <- s.Write(ctx, func(context.Context, *notes) error {
			t.Error("a function ran whose caller had left")
			return nil
		})
	}()
	s.awaitQueued(t, 1)
	cancel()
	require.ErrorIs(t, <-told, context.Canceled, "told at once, with the writer still busy")
	release()
	require.NoError(t, s.insert(t.Context(), "a", "1"), "the writer has passed the abandoned one")
}

func TestCancelWhileRunning(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	var told [3]error
	var wg sync.WaitGroup
	write := func(i int, ctx context.Context, fn func(context.Context, *notes) error) {
		wg.Go(func() { told[i] = s.Write(ctx, fn) })
		s.awaitQueued(t, i+1)
	}
	write(0, t.Context(), inserting("a", "1"))
	write(1, ctx, func(ctx context.Context, q *notes) error {
		if err := q.Insert(ctx, "b", "2"); err != nil {
			return err
		}
		cancel()
		return q.Insert(ctx, "c", "2")
	})
	write(2, t.Context(), inserting("d", "3"))
	release()
	wg.Wait()
	require.Equal(t, [3]error{}, told)
	require.Len(t, s.all(t, t.Context()), 4)
}

func TestCancelledBeforehand(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.insert(ctx, "a", "1"), context.Canceled)
	require.ErrorIs(t, s.Read(ctx, func(ctx context.Context, q *notes) error {
		_, err := q.All(ctx)
		return err
	}), context.Canceled)
	require.Empty(t, s.all(t, t.Context()))
}

func TestFullQueueWaitsForRoom(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	release := s.hold(t)
	var wg sync.WaitGroup
	for i := range storage.QueueLimit {
		wg.Go(func() {
			if err := s.insert(t.Context(), strconv.Itoa(i), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	s.awaitQueued(t, storage.QueueLimit)

	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error)
	go func() { told <- s.insert(ctx, "impatient", "x") }()
	cancel()
	require.ErrorIs(t, <-told, context.Canceled)

	wg.Go(func() {
		if err := s.insert(t.Context(), "patient", "x"); err != nil {
			t.Error(err)
		}
	})
	release()
	wg.Wait()
	all := s.all(t, t.Context())
	require.Len(t, all, storage.QueueLimit+1)
	require.Contains(t, all, "patient")
}
