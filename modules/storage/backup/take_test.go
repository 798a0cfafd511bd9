package backup_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/transport/status"
)

func TestTake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := openStore(t, "alpha", dir), openStore(t, "beta", dir)
	a.fill(t, 300)
	b.announce(t, 3)
	p := params(t, b, a)
	var last [2]int64
	p.Progress = func(module string, done, total int64) {
		if module == "alpha" {
			last = [2]int64{done, total}
		}
	}
	m, err := backup.Take(t.Context(), p)
	require.NoError(t, err)

	require.Equal(t, 1, m.Format)
	require.Equal(t, "box", m.Node)
	require.Equal(t, "1.2.3", m.Holon)
	require.WithinDuration(t, time.Now(), m.TakenAt, time.Minute)
	require.Equal(t, []string{"alpha", "beta"}, m.Modules())
	require.Positive(t, m.HeldMicros)
	alpha, beta := m.Stores[0], m.Stores[1]
	require.Equal(t, a.StoreID(), alpha.StoreID)
	require.Equal(t, map[string]int64{"alpha": 1, "eventlog": 1}, alpha.Schema)
	require.EqualValues(t, 300, alpha.Rows["rows"])
	require.Equal(t, map[string]int64{"events": 0, "open": 0, "parked": 0, "receipts": 0}, alpha.Summary)
	require.Equal(t, map[string]int64{"events": 3, "open": 3, "parked": 0, "receipts": 0, "oldest_open_us": announced.UnixMicro()}, beta.Summary)
	require.Equal(t, [2]int64{alpha.Bytes, alpha.Bytes}, last)

	require.Equal(t, []string{"alpha.db", "beta.db", "manifest.json"}, names(t, p.To), "no journals")
	require.NoDirExists(t, p.To+".partial")
	info, err := os.Stat(p.To)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	for _, name := range names(t, p.To) {
		info, err := os.Stat(filepath.Join(p.To, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	verified, err := backup.Verify(t.Context(), p.To)
	require.NoError(t, err)
	require.Equal(t, m, verified)
}

// What the last store holds refers to what the first had committed before, so at no instant does it hold what the first
// does not. The others between them give the writers time to show it when the stores are not held together.
func TestTakeIsOneInstant(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stores := []store{openStore(t, "alpha", dir)}
	for i := range 8 {
		stores = append(stores, openStore(t, fmt.Sprint("between_", i), dir))
	}
	stores = append(stores, openStore(t, "zeta", dir))
	first, last := stores[0], stores[len(stores)-1]
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	const callers = 4
	for caller := range callers {
		writers.Go(func() {
			for n := caller; ctx.Err() == nil; n += callers {
				for _, s := range []store{first, last} {
					if err := s.insert(t.Context(), n, ""); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for range 5 {
		p := params(t, stores...)
		m, err := backup.Take(t.Context(), p)
		require.NoError(t, err)
		require.Empty(t, missing(t, p.To), "the last store refers to what the first does not hold")
		ahead := m.Stores[0].Rows["rows"] - m.Stores[len(m.Stores)-1].Rows["rows"]
		require.LessOrEqual(t, ahead, int64(callers), "the first store holds what the last had long answered")
	}
	cancel()
	writers.Wait()
}

// missing returns the rows of the last store in a backup that the first has none for.
func missing(t *testing.T, dir string) (found []int) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "alpha.db"))
	require.NoError(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), `ATTACH ? AS other`, filepath.Join(dir, "zeta.db"))
	require.NoError(t, err)
	rows, err := db.QueryContext(t.Context(), `SELECT n FROM other.rows EXCEPT SELECT n FROM main.rows`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var n int
		require.NoError(t, rows.Scan(&n))
		found = append(found, n)
	}
	require.NoError(t, rows.Err())
	return found
}

func TestTakeRefusesItsTarget(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := openStore(t, "alpha", dir)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	foreign := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.Mkdir(foreign+".partial", 0o700))
	letter := filepath.Join(foreign+".partial", "letter.txt")
	require.NoError(t, os.WriteFile(letter, nil, 0o600))
	linked := filepath.Join(t.TempDir(), "x")
	behind := t.TempDir()
	kept := filepath.Join(behind, "alpha.db")
	require.NoError(t, os.WriteFile(kept, nil, 0o600))
	require.NoError(t, os.Symlink(behind, linked+".partial"))
	owned := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.Mkdir(owned+".partial", 0o700))
	if os.Chown(owned+".partial", 65534, 65534) != nil { // only root can
		owned = linked
	}
	require.NoError(t, os.MkdirAll(filepath.Join(storage.Restoring(dir), "a"), 0o700))
	for name, to := range map[string]string{
		"the data dir": dir, "a file": file, "no parent": filepath.Join(dir, "no", "such"),
		"a journal": filepath.Join(dir, "alpha.db-journal"), "a place of restores": storage.Restoring(dir),
		"below a place of restores": filepath.Join(storage.Restoring(dir), "a", "b"), "below a file": filepath.Join(file, "a", "b"),
		"another module's": filepath.Join(dir, "gone.db"), "hidden": filepath.Join(dir, ".b"), "nodes": filepath.Join(dir, "nodes"),
		"replaced data": filepath.Join(dir, "replaced-x"), "somebody's folder": foreign,
		"a backup that is not done": filepath.Join(t.TempDir(), "x.partial"),
		"a link in the way":         linked, "another user's folder": owned,
	} {
		t.Run(name, func(t *testing.T) {
			p := params(t, a)
			p.To = to
			_, err := backup.Take(t.Context(), p)
			var target *backup.TargetError
			require.ErrorAs(t, err, &target)
		})
	}
	require.FileExists(t, letter)
	require.FileExists(t, kept)
}

func TestTakeIntoAnEmptyFolder(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	p := params(t, a)
	require.NoError(t, os.Mkdir(p.To, 0o755))
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	_, err = backup.Take(t.Context(), p)
	require.ErrorContains(t, err, "not empty")
	_, err = backup.Verify(t.Context(), p.To)
	require.NoError(t, err, "the first is untouched")
}

func TestTakeReplacesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	p := params(t, a)
	require.NoError(t, os.Mkdir(p.To+".partial", 0o755))
	for _, name := range []string{"alpha.db", "gone.db-wal", "lock"} {
		require.NoError(t, os.WriteFile(filepath.Join(p.To+".partial", name), []byte("torn"), 0o600))
	}
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, []string{"alpha.db", "manifest.json"}, names(t, p.To))
}

func TestTakeTwiceAtOnce(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	p := params(t, a)
	second := p
	p.Progress = func(string, int64, int64) {
		_, err := backup.Take(t.Context(), second)
		var locked *storage.LockedError
		require.ErrorAs(t, err, &locked)
	}
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
}

// A second backup that comes while the first gets its name must not take the folder for what a crash has left.
func TestTakeTwiceAtTheEnd(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	p := params(t, a)
	second := p
	p.Published(func(after bool) {
		_, err := backup.Take(t.Context(), second)
		if after {
			require.ErrorContains(t, err, "not empty")
			return
		}
		var locked *storage.LockedError
		require.ErrorAs(t, err, &locked)
	})
	m, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	verified, err := backup.Verify(t.Context(), p.To)
	require.NoError(t, err)
	require.Equal(t, m, verified)
	require.Equal(t, []string{"alpha.db", "manifest.json"}, names(t, p.To))
	require.Equal(t, []string{"monday"}, names(t, filepath.Dir(p.To)))
}

func TestTakeThatCannotTidyUp(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	p := params(t, a)
	var text bytes.Buffer
	p.Log = slog.New(slog.NewTextHandler(&text, nil))
	p.Published(func(after bool) {
		if after {
			require.NoError(t, os.Remove(filepath.Join(p.To, "lock")))
		}
	})
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err, "the backup is there")
	require.Contains(t, text.String(), "not tidied up")
}

func TestTakeThatIsCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	a.fill(t, 3000)
	p := params(t, a)
	ctx, cancel := context.WithCancel(t.Context())
	p.Progress = func(string, int64, int64) { cancel() }
	_, err := backup.Take(ctx, p)
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, names(t, filepath.Dir(p.To)))

	p.Summary = func(context.Context, storage.DBTX) (map[string]int64, error) { return nil, errors.New("no") }
	_, err = backup.Take(t.Context(), p)
	require.ErrorContains(t, err, "no")
	require.Empty(t, names(t, filepath.Dir(p.To)))
}

func TestTakeEndsWithItsStore(t *testing.T) {
	t.Parallel()
	a := openStore(t, "alpha", t.TempDir())
	a.fill(t, 3000)
	p := params(t, a)
	var closing sync.WaitGroup
	var once sync.Once
	p.Progress = func(string, int64, int64) {
		once.Do(func() {
			closing.Go(func() { a.close(t) })
			require.Eventually(t, func() bool { return a.insert(t.Context(), -1, "") != nil }, 10*time.Second, time.Millisecond)
		})
	}
	_, err := backup.Take(t.Context(), p)
	closing.Wait()
	require.Equal(t, status.Unavailable, status.From(err).Code, "%v", err)
	require.Empty(t, names(t, filepath.Dir(p.To)))
	_, err = backup.Take(t.Context(), p)
	require.Equal(t, status.Unavailable, status.From(err).Code, "%v", err)
}

func TestTakeOfADamagedStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := openStore(t, "alpha", dir)
	p := params(t, a)
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
	a.fill(t, 300)
	a.close(t)
	// A row goes from the index alone, which only the full check finds.
	db, err := sql.Open("sqlite", filepath.Join(dir, "alpha.db"))
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	for _, text := range []string{
		`DROP INDEX rows_by_body`,
		`CREATE INDEX rows_by_body ON rows (body, n) WHERE n <> 7`,
		`PRAGMA writable_schema = ON`,
		`UPDATE sqlite_schema SET sql = 'CREATE INDEX rows_by_body ON rows (body, n)' WHERE name = 'rows_by_body'`,
	} {
		_, err := db.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
	p.Stores = []*storage.DB{openStore(t, "alpha", dir).DB}
	second := p
	second.To += "-2"
	_, err = backup.Take(t.Context(), second)
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, "module alpha")
	var corrupt *storage.CorruptError
	require.ErrorAs(t, err, &corrupt)
	require.Equal(t, "alpha", corrupt.Module)
	require.Equal(t, filepath.Join(dir, "alpha.db"), corrupt.Path, "the store and not its copy")
	require.ErrorContains(t, err, "rows_by_body")
	require.NotContains(t, err.Error(), ".partial")
	require.Equal(t, []string{"monday"}, names(t, filepath.Dir(p.To)))
	_, err = backup.Verify(t.Context(), p.To)
	require.NoError(t, err)
}

func TestTakeOntoAFullDisk(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 4<<20)
	a := openStore(t, "alpha", t.TempDir())
	a.fill(t, 3000)
	p := params(t, a)
	p.To = filepath.Join(root, "monday")
	_, err := backup.Take(t.Context(), p)
	var room *backup.RoomError
	require.ErrorAs(t, err, &room)
	require.Equal(t, root, filepath.Dir(room.Dir))
	require.Empty(t, names(t, root))

	p.To = root
	_, err = backup.Take(t.Context(), p)
	require.ErrorContains(t, err, "mounted")

	// The disk fills up while the copy is written.
	small := openStore(t, "beta", t.TempDir())
	small.fill(t, 300)
	p = params(t, small)
	p.To = filepath.Join(root, "monday")
	p.Progress = func(string, int64, int64) {
		_ = os.WriteFile(filepath.Join(root, "filler"), make([]byte, 4<<20), 0o600)
	}
	_, err = backup.Take(t.Context(), p)
	require.ErrorAs(t, err, &room)
	require.Equal(t, []string{"filler"}, names(t, root))
}

// As long as a copy is made the journal only grows, and the node needs the room more than the backup does.
func TestTakeLeavesRoomForJournals(t *testing.T) {
	t.Parallel()
	root := smallDisk(t, 128<<20)
	a := openStore(t, "alpha", filepath.Join(root, "data"))
	a.fill(t, 3000)
	p := params(t, a)
	p.Reserve = 8 << 20
	filler, copied := filepath.Join(root, "filler"), false
	p.Progress = func(string, int64, int64) {
		free, err := a.Free()
		require.NoError(t, err)
		if fill := free - 10<<20; fill > 0 {
			copied = true
			require.NoError(t, os.WriteFile(filler, make([]byte, fill), 0o600))
		}
	}
	for _, when := range []string{"while it is copied", "from the start"} {
		copied = false
		_, err := backup.Take(t.Context(), p)
		var room *backup.RoomError
		require.ErrorAs(t, err, &room, when)
		require.True(t, room.Journals)
		require.Equal(t, when != "from the start", copied)
		require.Equal(t, a.Dir(), room.Dir)
		require.EqualValues(t, 24<<20, room.Need)
		require.Empty(t, names(t, filepath.Dir(p.To)))
	}
	require.NoError(t, os.Remove(filler))
	p.Progress = nil
	_, err := backup.Take(t.Context(), p)
	require.NoError(t, err)
}
