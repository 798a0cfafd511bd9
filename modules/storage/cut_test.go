package storage_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
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
	defer c.Close(t.Context())
	require.NoError(t, a.insert(t.Context(), "after", "2"))
	require.Equal(t, "order", c.Snapshots[0].Module())
	require.Equal(t, "user", c.Snapshots[1].Module())
	require.Positive(t, c.Held)

	path := filepath.Join(t.TempDir(), "copy.db")
	require.NoError(t, c.Snapshots[0].Copy(t.Context(), path, nil))
	require.NoFileExists(t, path+"-wal")
	copied, err := storage.Examine(t.Context(), path, "order")
	require.NoError(t, err)
	require.Equal(t, storage.Contents{
		StoreID: a.StoreID(), Schema: map[string]int64{"order": 1},
		Rows: map[string]int64{"goose_db_version": 2, "holon_marks": 0, "holon_store": 1, "notes": 1, "tags": 0},
	}, copied)
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
	require.NoError(t, c.Close(t.Context()))
	require.NoError(t, c.Close(t.Context()))
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
	require.NoError(t, c.Close(t.Context()))
	require.NoError(t, a.Close(t.Context()))
	_, err = cut(t, t.Context(), a)
	require.Equal(t, status.Unavailable, status.From(err).Code)
}

// Stores are closed one after the other, and the first waits for a snapshot that waits for the copy of the second.
func TestCloseEndsTheCopyOfAnotherStore(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	c, err := cut(t, t.Context(), a, b)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, a.Close(ctx), context.Canceled)
	require.Equal(t, "user", c.Snapshots[1].Module())
	err = c.Snapshots[1].Copy(t.Context(), filepath.Join(t.TempDir(), "copy.db"), nil)
	require.Equal(t, status.Unavailable, status.From(err).Code, "%v", err)
	require.NoError(t, c.Close(t.Context()))
	require.NoError(t, a.Close(t.Context()))
}

// What the journal has gathered while a snapshot was open is moved by whoever ends it, beside a busy writer. A journal
// of which everything was moved is written again from its beginning.
func TestSnapshotTakesTheJournalIn(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	require.NoError(t, s.insert(t.Context(), "before", ""))
	c, err := cut(t, t.Context(), s)
	require.NoError(t, err)
	for i := range 20 {
		require.NoError(t, s.insert(t.Context(), fmt.Sprint(i), strings.Repeat("x", 1<<20)))
	}
	grown := s.Stats().Journal
	require.Greater(t, grown, int64(20<<20))
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, c.Close(ctx), "also when its caller is in a hurry")
	release()
	require.NoError(t, s.insert(t.Context(), "after", strings.Repeat("x", 1<<20)))
	require.Equal(t, grown, s.Stats().Journal)
	require.Len(t, s.all(t, t.Context()), 22)
}

// BenchmarkCommitAfterSnapshot ends snapshots during which the journal has grown by 512 MiB: how long that takes, the
// slowest commit beside it and the first one after it.
func BenchmarkCommitAfterSnapshot(b *testing.B) {
	s := openStore(b, params(b.TempDir()))
	var ended, beside, first time.Duration
	for b.Loop() {
		c, err := storage.TakeCut(b.Context(), []*storage.DB{s.DB})
		require.NoError(b, err)
		for range 512 {
			require.NoError(b, s.insert(b.Context(), uuid.NewString(), strings.Repeat("x", 1<<20)))
		}
		ctx, cancel := context.WithCancel(b.Context())
		var writer sync.WaitGroup
		writer.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				if err := s.insert(b.Context(), uuid.NewString(), ""); err != nil {
					b.Error(err)
				}
				beside = max(beside, time.Since(began))
			}
		})
		began := time.Now()
		require.NoError(b, c.Close(b.Context()))
		ended += time.Since(began)
		cancel()
		writer.Wait()
		began = time.Now()
		require.NoError(b, s.insert(b.Context(), uuid.NewString(), ""))
		first += time.Since(began)
	}
	b.ReportMetric(ended.Seconds()*1000/float64(b.N), "ms/close")
	b.ReportMetric(beside.Seconds()*1000, "ms/beside")
	b.ReportMetric(first.Seconds()*1000/float64(b.N), "ms/commit")
	b.ReportMetric(0, "ns/op")
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
			err = c.Close(t.Context())
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
	defer c.Close(t.Context())
	require.False(t, early, "the writers did not stand still together")
	require.NoError(t, <-written)
	for _, s := range c.Snapshots {
		var n int
		require.NoError(t, s.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
			return db.QueryRowContext(ctx, `SELECT count(*) FROM notes`).Scan(&n)
		}))
		require.Zero(t, n, s.Module())
	}
}
