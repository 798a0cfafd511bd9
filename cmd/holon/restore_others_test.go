package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/backup"
)

// TestOthersKnowMore restores one of two modules, from backups of several ages.
func TestOthersKnowMore(t *testing.T) {
	t.Parallel()
	const keep = 7 * 24 * time.Hour
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	taken := func(age time.Duration, open int64, oldest time.Duration) backup.Manifest {
		at := now.Add(-age)
		return backup.Manifest{TakenAt: at, Stores: []backup.Store{
			{Module: "order", Summary: map[string]int64{"open": open, "oldest_open_us": at.Add(-oldest).UnixMicro()}}, {Module: "user"},
		}}
	}
	says := func(m backup.Manifest, restored ...string) string {
		t.Helper()
		var out strings.Builder
		othersThan(restored, keep).writeCatchUp(&out, m, restored, now)
		return out.String()
	}
	require.Contains(t, says(taken(time.Hour, 1, 10*time.Minute), "user"), "order stayed")
	require.Contains(t, says(taken(time.Hour, 1, 10*time.Minute), "user"),
		"holon events replay --subscriber user.orders --since 2026-11-23T10:49:00Z\n", "from the oldest that was open, and a minute")
	require.NotContains(t, says(taken(time.Hour, 1, 0), "user"), "are gone")
	require.Contains(t, says(taken(keep+time.Hour, 1, 0), "user"), "those from 2026-11-16T10:59:00Z to 2026-11-16T12:00:00Z are gone")
	require.Contains(t, says(taken(time.Hour, 0, 0), "order"), "--subscriber order.customers --since 2026-11-23T10:59:00Z\n")
	require.Empty(t, says(taken(time.Hour, 1, 0), "order", "user"))

	check := func(m backup.Manifest, restored ...string) error {
		err := othersThan(restored, keep).check(m, restored, now)
		if err != nil {
			text, _ := explain(err)
			return errors.New(text)
		}
		return nil
	}
	old := keep + 25*time.Hour
	require.ErrorContains(t, check(taken(old, 3, 0), "order"), "3 deliveries of order wait for user")
	require.ErrorContains(t, check(taken(old, 3, 0), "order"), "leave out --only")
	alone := taken(old, 3, 0)
	alone.Stores = alone.Stores[:1]
	require.ErrorContains(t, check(alone, "order"), "with --redeliver", "user is on another node, and in no backup of this one")
	require.NoError(t, check(taken(old, 0, 0), "order"), "nothing is handed over again")
	require.NoError(t, check(taken(keep, 3, 0), "order"), "receipts are still there")
	require.NoError(t, check(taken(old, 3, 0), "order", "user"), "receipts came along")
}
