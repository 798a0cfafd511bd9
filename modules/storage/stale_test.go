package storage_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// TestStaleContext joins nothing: requests are used again, and its transaction is over.
func TestStaleContext(t *testing.T) {
	t.Parallel()
	s := openStore(t, params(t.TempDir()))
	var stale context.Context
	require.NoError(t, s.Write(t.Context(), func(ctx context.Context, _ *notes) error {
		stale = ctx
		return nil
	}))
	require.NoError(t, s.Write(t.Context(), func(context.Context, *notes) error {
		_, err := s.Within(stale)
		require.ErrorContains(t, err, "not inside a transaction of this database")
		require.ErrorContains(t, storage.AfterCommit(stale, func() { t.Error("called") }), "not inside a transaction")
		return nil
	}))
}
