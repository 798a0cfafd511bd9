package eventlog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

func TestRearm(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 4, mailer)
	m.settle(t, t.Context(), events.Retrying, told[0].ID)
	m.settle(t, t.Context(), events.Parked, told[1].ID)
	m.settle(t, t.Context(), events.Delivered, told[2].ID)
	now := time.Now()
	const receipt = `INSERT INTO inbox (event, subscriber, replay, handled_at) VALUES ($1, $2, '', $3)`
	old := eventlog.Bound(now.Add(-30 * 24 * time.Hour))
	require.NoError(t, m.exec(t.Context(), receipt, old, "old", now.Add(-29*24*time.Hour).UnixMicro()))
	require.NoError(t, m.exec(t.Context(), receipt, old, "fast clock", now.Add(time.Hour).UnixMicro()))

	var before, counts map[string]int64
	require.NoError(t, m.sql.Write(t.Context(), func(ctx context.Context, db storage.DBTX) (err error) {
		if before, err = eventlog.Summary(ctx, db); err == nil {
			counts, err = eventlog.Rearm(ctx, db, now)
		}
		return err
	}))
	oldest := m.count(t, t.Context(), `SELECT time FROM events ORDER BY id LIMIT 1`)
	require.Equal(t, map[string]int64{
		"events": 4, "open": 2, "parked": 1, "receipts": 2, "oldest_open_us": int64(oldest),
	}, before)
	require.Equal(t, map[string]int64{"open": 2, "retrying": 1, "parked": 1, "receipts": 2}, counts)
	for _, d := range m.open(t, t.Context()) {
		require.Zero(t, d.Due)
		require.Zero(t, d.Attempts)
	}
	require.Equal(t, 1, m.count(t, t.Context(), `SELECT count(*) FROM deliveries WHERE parked = 1 AND attempts = 3 AND reason = 'no'`))
	require.Equal(t, 1, m.count(t, t.Context(), `SELECT count(*) FROM inbox WHERE handled_at = $1`, now.UnixMicro()))
	n, err := m.ForgetReceipts(t.Context(), now, 10)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = m.ForgetReceipts(t.Context(), now.Add(time.Second), 10)
	require.NoError(t, err)
	require.Equal(t, 1, n, "its time is the time of the restore")
}

func TestRearmWithoutALog(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	require.NoError(t, m.sql.Write(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		_, err := db.ExecContext(ctx, `DROP TABLE deliveries`)
		require.NoError(t, err)
		counts, err := eventlog.Rearm(ctx, db, time.Now())
		require.NoError(t, err)
		require.Nil(t, counts)
		return nil
	}))
}

func TestSummaryKnowsTheOldestOpen(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 3, mailer)
	summary := func() (counts map[string]int64) {
		require.NoError(t, m.sql.Read(t.Context(), func(ctx context.Context, db storage.DBTX) (err error) {
			counts, err = eventlog.Summary(ctx, db)
			return err
		}))
		return counts
	}
	m.settle(t, t.Context(), events.Delivered, told[0].ID)
	m.settle(t, t.Context(), events.Parked, told[1].ID)
	second := m.count(t, t.Context(), `SELECT time FROM events ORDER BY id LIMIT 1 OFFSET 1`)
	require.EqualValues(t, second, summary()["oldest_open_us"], "parked, but not done")
	m.settle(t, t.Context(), events.Delivered, told[1].ID, told[2].ID)
	require.NotContains(t, summary(), "oldest_open_us")
}
