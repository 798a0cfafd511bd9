package modules_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/storage"
)

// notes are the migrations of every toy.
var notes = fstest.MapFS{"00001_notes.sql": &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE notes (id text);\n")}}

// storing is a toy with a database.
func storing(name string, migrations fs.FS) modules.Module {
	return toy(name, nil, modules.Storage(func() (fs.FS, error) { return migrations, nil }))
}

// hurried ends a context as soon as the migrations are read.
type hurried struct {
	fs.FS
	end context.CancelFunc
}

func (h hurried) Open(name string) (fs.File, error) {
	h.end()
	return h.FS.Open(name)
}

// free requires a module's lock to be nobody's.
func free(t *testing.T, dir, module string) {
	t.Helper()
	lock, err := storage.Acquire(filepath.Join(dir, module+".lock"), storage.ThisProcess("test"))
	require.NoError(t, err)
	require.NoError(t, lock.Release())
}

func TestStoresOpenAndClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := hosting(t, dir, []modules.Module{storing("b", notes), storing("a", notes), toy("c", nil)})
	require.NoError(t, h.OpenStores(t.Context()))
	require.NoError(t, h.SettleStores(t.Context(), nil))
	require.NoError(t, h.Start(t.Context()))
	var names []string
	for _, s := range h.Stores() {
		names = append(names, s.Module())
		require.WithinDuration(t, time.Now(), s.Tenure().Since, time.Minute, "alone, it is at home at once")
		require.FileExists(t, filepath.Join(dir, s.Module()+".db"))
	}
	require.Equal(t, []string{"a", "b"}, names)
	require.Empty(t, h.Check(t.Context()))

	require.NoError(t, os.Remove(filepath.Join(dir, "b.db")))
	faults := hostFaults(t, h)
	require.Len(t, faults, 1, "only what is on this node, and only what is wrong")
	require.Error(t, faults["b"])

	h.Stop()
	require.NoError(t, h.CloseStores(t.Context()))
	require.NoError(t, h.CloseStores(t.Context()), "closing twice does nothing")
	free(t, dir, "a")
	free(t, dir, "b")
}

// hostFaults asks until the stores look at their files again: a good answer holds for a second.
func hostFaults(t *testing.T, h *modules.Host) (faults map[string]error) {
	t.Helper()
	require.Eventually(t, func() bool {
		faults = h.Check(t.Context())
		return len(faults) > 0
	}, 10*time.Second, 20*time.Millisecond)
	return faults
}

func TestStoreThatFailsToOpen(t *testing.T) {
	t.Parallel()
	for what, spoil := range map[string]func(t *testing.T, dir string){
		"held by another": func(t *testing.T, dir string) {
			lock, err := storage.Acquire(filepath.Join(dir, "b.lock"), storage.ThisProcess("other"))
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, lock.Release()) })
		},
		"no database": func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "b.db"), make([]byte, 4096), 0o600))
		},
		"a folder": func(t *testing.T, dir string) { require.NoError(t, os.Mkdir(filepath.Join(dir, "b.db"), 0o700)) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			spoil(t, dir)
			h := hosting(t, dir, []modules.Module{storing("a", notes), storing("b", notes), storing("c", notes)})
			require.ErrorContains(t, h.OpenStores(t.Context()), "storage of b")
			free(t, dir, "a")
			require.NoFileExists(t, filepath.Join(dir, "c.db"), "nor was a later one begun")
			require.NoError(t, h.CloseStores(context.WithoutCancel(t.Context())))
		})
	}
}

// A start that runs out of time still gives back what it took: the process may go on to try again.
func TestStoresWhenTheStartRunsOutOfTime(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	dir := t.TempDir()
	h := hosting(t, dir, []modules.Module{storing("a", notes), storing("b", hurried{notes, end})})
	err := h.OpenStores(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "storage of b")
	free(t, dir, "a")
	free(t, dir, "b")
}
