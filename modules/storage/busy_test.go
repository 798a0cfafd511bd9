package storage_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

func TestFileHeldByAnotherProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("waits out the busy timeout")
	}
	t.Parallel()
	p := params(t.TempDir())
	s := openStore(t, p)
	other, err := sql.Open("sqlite", filepath.Join(p.Dir, "order.db"))
	require.NoError(t, err)
	defer other.Close()
	other.SetMaxOpenConns(1)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	told := make(chan error, 2)
	for _, id := range []string{"a", "b"} {
		go func() { told <- s.insert(t.Context(), id, "1") }()
	}
	for range 2 {
		require.Equal(t, status.Unavailable, status.CodeOf(<-told), "not begun, so worth another try")
	}
	require.Empty(t, s.all(t, t.Context()), "reading goes on")

	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, s.insert(t.Context(), "a", "1"))
}
