package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func rearm(ctx context.Context, _ string, tx storage.DBTX) (map[string]int64, error) {
	return eventlog.Rearm(ctx, tx, time.Now())
}

func TestRestoreElsewhere(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	wantA, wantB := a.bodies(t), b.bodies(t)
	require.NoError(t, a.insert(t.Context(), 1000, "later"))

	dir := filepath.Join(t.TempDir(), "elsewhere")
	r, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: dir, Prepare: rearm})
	require.NoError(t, err)
	require.Empty(t, r.Replaced)
	require.Len(t, r.Stores, 2)
	require.Equal(t, []string{".restore.lock", "alpha.db", "alpha.lock", "alpha.store", "beta.db", "beta.lock", "beta.store"}, names(t, dir))

	a2, b2 := openStore(t, "alpha", dir), openStore(t, "beta", dir)
	require.Equal(t, wantA, a2.bodies(t))
	require.Equal(t, wantB, b2.bodies(t))
	require.Equal(t, a2.StoreID(), r.Stores[0].StoreID)
	require.NotEqual(t, a.StoreID(), a2.StoreID(), "the original may still be somewhere")
	require.Zero(t, a2.Tenure())
	require.True(t, a2.Placed())
	require.NoError(t, a2.insert(t.Context(), 1000, "it goes on"))
	_, err = backup.Verify(t.Context(), p.To)
	require.NoError(t, err, "the backup is as it was")
}

func TestRestoreRearms(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	told := a.announce(t, 4)
	later := time.Now().Add(time.Hour)
	require.NoError(t, a.Log.Settle(t.Context(), []events.Outcome{
		{ID: told[0].ID, State: events.Retrying, Attempts: 3, Due: later, Reason: "no"},
		{ID: told[1].ID, State: events.Parked, Attempts: 5, Reason: "never"},
		{ID: told[2].ID, State: events.Delivered},
	}))
	old := "01900000-0000-7000-8000-000000000000"
	require.NoError(t, a.exec(t.Context(), `INSERT INTO inbox (event, subscriber, replay, handled_at) VALUES (?, 's', '', 1)`, old))
	p := params(t, a)
	m, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"events": 4, "open": 2, "parked": 1, "receipts": 1, "oldest_open_us": announced.UnixMicro()}, m.Stores[0].Summary)

	dir := t.TempDir()
	r, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: dir, Prepare: rearm})
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"open": 2, "retrying": 1, "parked": 1, "receipts": 1}, r.Stores[0].Prepared)
	b := openStore(t, "alpha", dir)
	open, err := b.Log.Open(t.Context(), 0, 10)
	require.NoError(t, err)
	require.Len(t, open, 2)
	require.Zero(t, open[0].Attempts)
	require.Zero(t, open[0].Due)
	require.Equal(t, 1, b.number(t, `SELECT count(*) FROM deliveries WHERE parked = 1 AND attempts = 5 AND reason = 'never'`))
	n, err := b.ForgetReceipts(t.Context(), time.Now().Add(-time.Minute), 10)
	require.NoError(t, err)
	require.Zero(t, n, "what had been handled may come again from now on")
}

func TestRestoreReplaces(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	want := a.bodies(t)
	require.NoError(t, a.insert(t.Context(), 1000, "later"))
	ask := backup.RestoreParams{From: p.To, DataDir: a.Dir()}
	_, err := backup.Restore(t.Context(), ask)
	var locked *storage.LockedError
	require.ErrorAs(t, err, &locked, "the node runs")
	a.close(t)
	b.close(t)
	before, err := os.ReadFile(filepath.Join(a.Dir(), "alpha.db"))
	require.NoError(t, err)
	// As a crash leaves it; the journal must not be played into another file.
	require.NoError(t, os.WriteFile(filepath.Join(a.Dir(), "alpha.db-wal"), []byte("journal"), 0o600))

	_, err = backup.Restore(t.Context(), ask)
	var exists *backup.ExistsError
	require.ErrorAs(t, err, &exists)
	require.ErrorContains(t, err, "alpha.db (")
	require.ErrorContains(t, err, "alpha.db-wal (7 bytes)")

	ask.Replace, ask.Only = true, []string{"alpha"}
	r, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err)
	require.Equal(t, []string{"alpha.db", "alpha.db-wal", "alpha.store"}, names(t, r.Replaced))
	kept, err := os.ReadFile(filepath.Join(r.Replaced, "alpha.db"))
	require.NoError(t, err)
	require.Equal(t, before, kept)
	require.Equal(t, want, openStore(t, "alpha", a.Dir()).bodies(t))

	ask.Only = []string{"gamma"}
	_, err = backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, `no module "gamma", but alpha, beta`)
}

func TestRestoreOfABadBackupChangesNothing(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	a.close(t)
	b.close(t)
	want, err := os.ReadFile(filepath.Join(a.Dir(), "alpha.db"))
	require.NoError(t, err)
	spoil(t, filepath.Join(p.To, "beta.db"))
	_, err = backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: a.Dir(), Replace: true})
	var bad *backup.BadError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, []string{".restore.lock", "alpha.db", "alpha.lock", "alpha.store", "beta.db", "beta.lock", "beta.store"}, names(t, a.Dir()))
	has, err := os.ReadFile(filepath.Join(a.Dir(), "alpha.db"))
	require.NoError(t, err)
	require.Equal(t, want, has)
}

func TestRestoreThatEndsWhileStaging(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	a.close(t)
	b.close(t)
	ctx, cancel := context.WithCancel(t.Context())
	ask := backup.RestoreParams{
		From: p.To, DataDir: a.Dir(), Replace: true,
		Prepare: func(context.Context, string, storage.DBTX) (map[string]int64, error) { cancel(); return nil, nil },
	}
	_, err := backup.Restore(ctx, ask)
	require.ErrorIs(t, err, context.Canceled)
	require.NoDirExists(t, storage.Restoring(a.Dir()))

	// One that was killed there leaves this; nobody minds.
	require.NoError(t, os.Mkdir(storage.Restoring(a.Dir()), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(storage.Restoring(a.Dir()), "alpha.db"), []byte("torn"), 0o600))
	openStore(t, "alpha", a.Dir()).close(t)
	ask.Prepare = nil
	_, err = backup.Restore(t.Context(), ask)
	require.NoError(t, err)
}

// Wherever a restore is interrupted amid the exchange, no module opens, and running it again finishes it.
func TestRestoreIsFinished(t *testing.T) {
	t.Parallel()
	steps := []string{
		"move alpha.db", "move alpha.db-wal", "move alpha.store", "place alpha", "remember alpha",
		"move beta.db", "move beta.store", "place beta", "remember beta", "done",
	}
	var seen []string
	for _, last := range steps {
		t.Run(last, func(t *testing.T) {
			a, b, p := taken(t)
			want := a.bodies(t)
			require.NoError(t, a.insert(t.Context(), 1000, "later"))
			a.close(t)
			b.close(t)
			require.NoError(t, os.WriteFile(filepath.Join(a.Dir(), "alpha.db-wal"), []byte("journal"), 0o600))
			crash := errors.New("crash")
			ask := backup.RestoreParams{From: p.To, DataDir: a.Dir(), Replace: true, Prepare: rearm}
			ask.Before(func(step string) error {
				if step == last {
					seen = append(seen, step)
					return crash
				}
				return nil
			})
			_, err := backup.Restore(t.Context(), ask)
			require.ErrorIs(t, err, crash)
			for _, module := range []string{"alpha", "beta"} {
				err := newStore(t, module, a.Dir()).DB.Open(t.Context())
				var unfinished *storage.UnfinishedRestoreError
				require.ErrorAs(t, err, &unfinished)
				require.Equal(t, p.To, unfinished.From)
				require.ErrorContains(t, err, "interrupted")
			}

			ask.Before(nil)
			ask.Replace = false
			if last == "done" {
				require.NoError(t, os.RemoveAll(p.To), "the copies are there")
			}
			r, err := backup.Restore(t.Context(), ask)
			require.NoError(t, err)
			require.True(t, r.Finished)
			require.NotEmpty(t, r.Stores[0].Prepared)
			require.Equal(t, []string{"alpha.db", "alpha.db-wal", "alpha.store", "beta.db", "beta.store"}, names(t, r.Replaced))
			requireNew(t, r, a, b)
			require.NoDirExists(t, storage.Restoring(a.Dir()))
			require.Equal(t, want, openStore(t, "alpha", a.Dir()).bodies(t))
			openStore(t, "beta", a.Dir())
		})
	}
	require.Equal(t, steps, seen)
}

func TestRestoreOfAnotherBackupAfterAnInterruptedOne(t *testing.T) {
	t.Parallel()
	a, b, first := taken(t)
	require.NoError(t, a.insert(t.Context(), 1000, "later"))
	second := params(t, a)
	_, err := backup.Take(t.Context(), second)
	require.NoError(t, err)
	want := a.bodies(t)
	a.close(t)
	b.close(t)
	ask := backup.RestoreParams{From: first.To, DataDir: a.Dir(), Replace: true}
	ask.Before(func(step string) error {
		if step == "place alpha" {
			return errors.New("crash")
		}
		return nil
	})
	_, err = backup.Restore(t.Context(), ask)
	require.Error(t, err)
	r, err := backup.Restore(t.Context(), backup.RestoreParams{From: second.To, DataDir: a.Dir(), Replace: true})
	require.NoError(t, err)
	require.False(t, r.Finished)
	require.Equal(t, want, openStore(t, "alpha", a.Dir()).bodies(t))
	kept := slices.DeleteFunc(names(t, a.Dir()), func(name string) bool { return !strings.HasPrefix(name, "replaced-") })
	require.Len(t, kept, 2, "what was there and what the first restore put there")
}

func TestInterruptedRestoreOfOneModule(t *testing.T) {
	t.Parallel()
	a, b, p := taken(t)
	a.close(t)
	b.close(t)
	ask := backup.RestoreParams{From: p.To, DataDir: a.Dir(), Replace: true, Only: []string{"alpha"}}
	ask.Before(func(step string) error {
		if step == "place alpha" {
			return errors.New("crash")
		}
		return nil
	})
	_, err := backup.Restore(t.Context(), ask)
	var unfinished *storage.UnfinishedRestoreError
	require.ErrorAs(t, err, &unfinished)
	require.Equal(t, []string{"alpha"}, unfinished.Modules)
	openStore(t, "beta", a.Dir())
	require.ErrorAs(t, newStore(t, "alpha", a.Dir()).DB.Open(t.Context()), &unfinished)
	require.NoError(t, os.Remove(filepath.Join(storage.Restoring(a.Dir()), "alpha.db")))
	ask.Before(nil)
	_, err = backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, "neither the copy")
}

func TestRestoreOntoAFullDisk(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 1<<20)
	_, _, p := taken(t)
	_, err := backup.Restore(t.Context(), backup.RestoreParams{From: p.To, DataDir: filepath.Join(root, "data")})
	var room *backup.RoomError
	require.ErrorAs(t, err, &room)
	require.NoDirExists(t, storage.Restoring(filepath.Join(root, "data")))
}
