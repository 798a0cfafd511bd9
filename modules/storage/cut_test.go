package storage_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/status"
)

// pair returns two open stores in one data dir.
func pair(t *testing.T) (a, b store) {
	t.Helper()
	p := params(t.TempDir())
	a = openStore(t, p)
	p.Module = "user"
	return a, openStore(t, p)
}

func cut(t *testing.T, ctx context.Context, stores ...store) (*storage.Cut, error) {
	t.Helper()
	var dbs []*storage.DB
	for _, s := range stores {
		dbs = append(dbs, s.DB)
	}
	return storage.TakeCut(ctx, dbs)
}

func TestCutSeesNothingLater(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	require.NoError(t, a.insert(t.Context(), "before", "1"))
	c, err := cut(t, t.Context(), b, a)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, a.insert(t.Context(), "after", "2"))
	require.Equal(t, "order", c.Snapshots[0].Module())
	require.Equal(t, "user", c.Snapshots[1].Module())
	contents, err := c.Snapshots[0].Contents(t.Context())
	require.NoError(t, err)
	require.Equal(t, storage.Contents{
		StoreID: a.StoreID(), Schema: map[string]int64{"order": 1},
		Rows: map[string]int64{"goose_db_version": 2, "holon_store": 1, "notes": 1, "tags": 0},
	}, contents)
	require.Positive(t, c.Held)

	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, c.Snapshots[0].Copy(t.Context(), path, nil))
	require.NoFileExists(t, path+"-wal")
	copied, err := storage.Examine(t.Context(), path, "order")
	require.NoError(t, err)
	require.Equal(t, contents, copied)
	_, err = storage.Examine(t.Context(), path, "user")
	var foreign *storage.ForeignError
	require.ErrorAs(t, err, &foreign)
}

func TestCutGivesUpOnAWriterThatIsStuck(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	release := a.hold(t)
	began := time.Now()
	_, err := cut(t, t.Context(), a, b)
	require.Equal(t, status.Unavailable, status.From(err).Code, "%v", err)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(began), time.Minute)
	require.NoError(t, b.insert(t.Context(), "a", "1"), "it goes on")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = cut(t, ctx, a, b)
	require.ErrorIs(t, err, context.Canceled)
	release()
	require.NoError(t, a.insert(t.Context(), "a", "1"))
	c, err := cut(t, t.Context(), a, b)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, c.Close())
}

func TestOneCutAtATime(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	_, err := cut(t, t.Context(), a, b, a)
	require.Equal(t, status.Unavailable, status.From(err).Code, "%v", err)
	require.ErrorContains(t, err, "another backup")
	require.NoError(t, a.insert(t.Context(), "a", "1"))
}

func TestCloseWaitsForSnapshots(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	c, err := cut(t, t.Context(), a, b)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.Close(ctx), context.Canceled)
	err = c.Snapshots[0].Copy(t.Context(), filepath.Join(t.TempDir(), "copy.db"), nil)
	require.Equal(t, status.Unavailable, status.From(err).Code, "a stop does not wait for a copy")
	require.NoError(t, c.Close())
	require.NoError(t, a.Close(t.Context()))
	_, err = cut(t, t.Context(), a)
	require.Equal(t, status.Unavailable, status.From(err).Code)
}

func TestCutOfABusyStore(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	release := s.hold(t)
	told := make(chan error)
	const waiting = 20
	for i := range waiting {
		go func() { told <- s.insert(context.WithoutCancel(t.Context()), fmt.Sprint(i), "") }()
	}
	s.awaitQueued(t, waiting)
	cuts := make(chan error, 1)
	go func() {
		c, err := cut(t, t.Context(), s)
		if err == nil {
			err = c.Close()
		}
		cuts <- err
	}()
	s.awaitQueued(t, waiting+1)
	release()
	require.NoError(t, <-cuts)
	for range waiting {
		require.NoError(t, <-told)
	}
}

// While one writer is still busy the others stand still already: what the last holds because of what the first
// committed meanwhile would be in the cut, and its cause would not.
func TestCutIsOneInstant(t *testing.T) {
	t.Parallel()
	p := params(t.TempDir())
	stores := make([]store, 3)
	for i, module := range []string{"first", "second", "third"} {
		p.Module = module
		stores[i] = openStore(t, p)
	}
	first, second, third := stores[0], stores[1], stores[2]
	release := second.hold(t)
	var c *storage.Cut
	cuts := make(chan error, 1)
	go func() {
		var err error
		c, err = cut(t, t.Context(), stores...)
		cuts <- err
	}()
	second.awaitQueued(t, 1) // it was asked to stand still, and so was the first before it
	written := make(chan error, 1)
	go func() {
		err := first.insert(t.Context(), "cause", "")
		if err == nil {
			err = third.insert(t.Context(), "effect", "")
		}
		written <- err
	}()
	var early bool
	select {
	case err := <-written:
		require.NoError(t, err)
		early = true
	case <-time.After(100 * time.Millisecond):
	}
	release()
	require.NoError(t, <-cuts)
	defer c.Close()
	require.False(t, early, "the writers did not stand still together")
	require.NoError(t, <-written)
	for _, s := range c.Snapshots {
		contents, err := s.Contents(t.Context())
		require.NoError(t, err)
		require.Zero(t, contents.Rows["notes"], s.Module())
	}
}
