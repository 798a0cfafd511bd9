package backup_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
)

// crashAt returns a request to restore both stores, closed, that ends at a step as in a crash.
func crashAt(t *testing.T, step string) (a store, ask backup.RestoreParams) {
	t.Helper()
	a, b, p := taken(t)
	a.close(t)
	b.close(t)
	ask = backup.RestoreParams{From: p.To, DataDir: a.Dir(), Replace: true}
	ask.Before(func(now string) error {
		if now == step {
			return errors.New("crash")
		}
		return nil
	})
	_, err := backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, "crash")
	ask.Before(nil)
	return a, ask
}

// The old file in its place is no proof that the copy had come there.
func TestRestoreWhoseCopyWasTaken(t *testing.T) {
	t.Parallel()
	a, ask := crashAt(t, "move alpha.db")
	staged := filepath.Join(storage.Restoring(a.Dir()), "alpha.db")
	aside := filepath.Join(t.TempDir(), "alpha.db")
	require.NoError(t, os.Rename(staged, aside))
	_, err := backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, "the copy of module alpha is gone")
	var unfinished *storage.UnfinishedRestoreError
	require.ErrorAs(t, newStore(t, "alpha", a.Dir()).DB.Open(t.Context()), &unfinished)
	require.NoError(t, os.Rename(aside, staged))
	r, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err)
	require.True(t, r.Finished)
}

func TestRefusalAfterAnInterruptedRestore(t *testing.T) {
	t.Parallel()
	a, first := crashAt(t, "place alpha")
	var text bytes.Buffer
	ask := backup.RestoreParams{From: t.TempDir(), DataDir: a.Dir(), Log: slog.New(slog.NewTextHandler(&text, nil))}
	_, err := backup.Restore(t.Context(), ask)
	var bad *backup.BadError
	require.ErrorAs(t, err, &bad)
	var finished *backup.FinishedError
	require.ErrorAs(t, err, &finished)
	require.Equal(t, first.From, finished.From)
	require.Equal(t, a.Dir(), finished.Dir)
	require.ErrorContains(t, err, "is now as of the backup "+first.From)
	require.Contains(t, text.String(), `level=WARN msg="finished an interrupted restore first" from=`+first.From)
	openStore(t, "alpha", a.Dir())
}

func TestRestoreThatCannotTidyUp(t *testing.T) {
	t.Parallel()
	a, ask := crashAt(t, "done")
	letter := filepath.Join(storage.Restoring(a.Dir()), "letter.txt")
	require.NoError(t, os.WriteFile(letter, nil, 0o600))
	var text bytes.Buffer
	ask.Log = slog.New(slog.NewTextHandler(&text, nil))
	_, err := backup.Restore(t.Context(), ask)
	require.NoError(t, err, "it is done")
	require.Contains(t, text.String(), "not tidied up")
	require.FileExists(t, letter)
	openStore(t, "alpha", a.Dir()).close(t)
	_, err = backup.Restore(t.Context(), ask)
	require.ErrorContains(t, err, "holds letter.txt, which no restore has put there")
	require.FileExists(t, letter)
}
