package storage_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/contract"
)

// tagger is a part of the module that tags notes, and knows nothing of how they are written.
type tagger struct {
	queries *storage.Queries[storage.DBTX]
}

func (g tagger) tag(ctx context.Context, note, tag string) error {
	db, err := g.queries.Within(ctx)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `INSERT INTO tags (note, tag) VALUES (?, ?)`, note, tag)
	return err
}

func (g tagger) count(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, g.queries.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		return db.QueryRowContext(ctx, `SELECT count(*) FROM tags`).Scan(&n)
	}))
	return n
}

// openTagged opens a store with its tagger.
func openTagged(t *testing.T) (store, tagger) {
	t.Helper()
	s := newStore(t, params(t.TempDir()))
	g := tagger{storage.Bind(s.DB, func(_ context.Context, db storage.DBTX) (storage.DBTX, error) { return db, nil })}
	require.NoError(t, s.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Close(context.WithoutCancel(t.Context()))) })
	return s, g
}

func TestPartsWriteTogether(t *testing.T) {
	t.Parallel()
	s, g := openTagged(t)
	write := func(end error) error {
		return s.Write(t.Context(), func(ctx context.Context, q *notes) error {
			require.NoError(t, q.Insert(ctx, "a", "1"))
			ctx, cancel := context.WithCancel(context.WithValue(ctx, t, "a context of its own"))
			defer cancel()
			require.NoError(t, g.tag(ctx, "a", "red"))
			return end
		})
	}
	require.ErrorIs(t, write(errOwn), errOwn)
	require.Empty(t, s.all(t, t.Context()))
	require.Zero(t, g.count(t))
	require.NoError(t, write(nil))
	require.Equal(t, map[string]string{"a": "1"}, s.all(t, t.Context()))
	require.Equal(t, 1, g.count(t))
}

// TestErrorOfAPartUndoesAll has the part fail after others have written.
func TestErrorOfAPartUndoesAll(t *testing.T) {
	t.Parallel()
	s, g := openTagged(t)
	called := false
	err := s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		require.NoError(t, storage.AfterCommit(ctx, func() { called = true }))
		require.NoError(t, q.Insert(ctx, "a", "1"))
		require.NoError(t, g.tag(ctx, "a", "red"))
		return g.tag(ctx, "nobody", "red")
	})
	require.ErrorContains(t, err, "FOREIGN KEY")
	require.Empty(t, s.all(t, t.Context()))
	require.Zero(t, g.count(t))
	require.False(t, called)
}

func TestJoiningWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s, g := openTagged(t)
	other := openStore(t, params(t.TempDir()))
	never := func() { t.Error("called") }

	require.ErrorContains(t, g.tag(t.Context(), "a", "red"),
		"join a write to the storage of order: not inside a transaction of this database")
	require.ErrorContains(t, storage.AfterCommit(t.Context(), never), "wait for a commit: not inside a transaction")
	foreign := contract.WithinTransaction(t.Context(), "somebody else's")
	require.ErrorContains(t, g.tag(foreign, "a", "red"), "not inside a transaction of this database")
	require.ErrorContains(t, storage.AfterCommit(foreign, never), "not inside a transaction of this database")
	require.NoError(t, other.Write(t.Context(), func(ctx context.Context, q *notes) error {
		require.ErrorContains(t, g.tag(ctx, "a", "red"), "not inside a transaction of this database")
		_, err := other.Within(ctx)
		return err
	}))
	require.NoError(t, s.Read(t.Context(), func(ctx context.Context, _ *notes) error {
		require.ErrorContains(t, g.tag(ctx, "a", "red"), "not inside a transaction of this database")
		return nil
	}))
	late := storage.Bind(s.DB, prepareNotes)
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, _ *notes) error {
		_, err := late.Within(ctx)
		require.ErrorContains(t, err, "bound after Open")
		return nil
	}))
}

// TestAfterCommit is when readers see the write, before Write returns, in the order of asking, once.
func TestAfterCommit(t *testing.T) {
	t.Parallel()
	s, _ := openTagged(t)
	var calls []string
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q *notes) error {
		for i := range 3 {
			require.NoError(t, storage.AfterCommit(ctx, func() {
				calls = append(calls, fmt.Sprint(i, " sees ", len(s.all(t, t.Context()))))
			}))
		}
		require.Empty(t, calls)
		return q.Insert(ctx, "a", "1")
	}))
	want := []string{"0 sees 1", "1 sees 1", "2 sees 1"}
	require.Equal(t, want, calls)
	for i := range 10 { // requests are used again
		require.NoError(t, s.insert(t.Context(), fmt.Sprint(i), "2"))
	}
	require.Equal(t, want, calls)
}

// TestAfterCommitOfWhatIsUndone is never.
func TestAfterCommitOfWhatIsUndone(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, *notes) error{
		"an error": func(context.Context, *notes) error { return errOwn },
		"a panic":  func(context.Context, *notes) error { panic("planned") },
		"an exit":  func(context.Context, *notes) error { runtime.Goexit(); return nil },
		"a transaction that is lost": func(ctx context.Context, q *notes) error {
			_, err := q.db.ExecContext(ctx, "ROLLBACK")
			return err
		},
		"a commit that fails": func(ctx context.Context, q *notes) error {
			if _, err := q.db.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
				return err
			}
			_, err := q.insertTag.ExecContext(ctx, "nobody", "red")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := openTagged(t)
			require.Error(t, s.Write(t.Context(), func(ctx context.Context, q *notes) error {
				require.NoError(t, storage.AfterCommit(ctx, func() { t.Error("called") }))
				require.NoError(t, q.Insert(ctx, "a", "1"))
				return end(ctx, q)
			}))
			require.Empty(t, s.all(t, t.Context()))
			for i := range 5 {
				require.NoError(t, s.insert(t.Context(), fmt.Sprint(i), "2"))
			}
		})
	}
}

// TestAfterCommitOfWhatIsNotBegun is never, either.
func TestAfterCommitOfWhatIsNotBegun(t *testing.T) {
	t.Parallel()
	s, _ := openTagged(t)
	release := s.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan error)
	go func() {
		told <- s.Write(ctx, func(ctx context.Context, _ *notes) error {
			return storage.AfterCommit(ctx, func() { t.Error("called") })
		})
	}()
	s.awaitQueued(t, 1)
	cancel()
	require.ErrorIs(t, <-told, context.Canceled)
	release()
	require.NoError(t, s.insert(t.Context(), "a", "1"))
}

// TestAfterCommitOfAGroup has several writes share a transaction, of which some fail: only the others' calls are made,
// in the order of the writes.
func TestAfterCommitOfAGroup(t *testing.T) {
	t.Parallel()
	s, _ := openTagged(t)
	var calls []string
	write := func(id string, end func() error) func(context.Context, *notes) error {
		return func(ctx context.Context, q *notes) error {
			if err := storage.AfterCommit(ctx, func() { calls = append(calls, id) }); err != nil {
				return err
			}
			if err := q.Insert(ctx, id, "1"); err != nil {
				return err
			}
			return end()
		}
	}
	ok := func() error { return nil }
	told := s.together(t,
		write("a", ok),
		write("b", func() error { return errOwn }),
		write("c", ok),
		write("d", func() error { panic("planned") }),
		write("a", ok), // is taken
		write("e", ok),
	)
	for i, failed := range []bool{false, true, false, true, true, false} {
		require.Equal(t, failed, told[i] != nil, i)
	}
	require.Equal(t, []string{"a", "c", "e"}, calls)
	require.Len(t, s.all(t, t.Context()), 3)
}

// TestAfterCommitOfALostGroup has one write take its neighbours' transaction along.
func TestAfterCommitOfALostGroup(t *testing.T) {
	t.Parallel()
	s, _ := openTagged(t)
	var calls []string
	after := func(id string, end func(context.Context, *notes) error) func(context.Context, *notes) error {
		return func(ctx context.Context, q *notes) error {
			if err := storage.AfterCommit(ctx, func() { calls = append(calls, id) }); err != nil {
				return err
			}
			return end(ctx, q)
		}
	}
	told := s.together(t,
		after("a", inserting("a", "1")),
		after("b", func(ctx context.Context, q *notes) error {
			_, _ = q.db.ExecContext(ctx, "ROLLBACK")
			return nil
		}),
		after("c", inserting("c", "1")),
	)
	require.Error(t, told[0])
	require.Error(t, told[1])
	require.NoError(t, told[2], "it is in the next transaction")
	require.Equal(t, []string{"c"}, calls)
}

// TestAfterCommitIsInTheOrderOfCommits also when many write at once.
func TestAfterCommitIsInTheOrderOfCommits(t *testing.T) {
	t.Parallel()
	s, _ := openTagged(t)
	var written, called []int // both are touched by the writer alone
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := range 50 {
				n := 100*w + i
				err := s.Write(t.Context(), func(ctx context.Context, q *notes) error {
					if i%7 == 0 {
						return errOwn
					}
					written = append(written, n)
					if err := storage.AfterCommit(ctx, func() { called = append(called, n) }); err != nil {
						return err
					}
					return q.Insert(ctx, fmt.Sprint(n), "1")
				})
				if (err != nil) != (i%7 == 0) {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	require.Equal(t, written, called)
	require.Len(t, s.all(t, t.Context()), len(called))
}
