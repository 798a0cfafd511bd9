package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/events"
)

// TestTidy forgets events and receipts that are older than what is kept, in batches, and says so when it cannot.
func TestTidy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Keep = time.Hour
		log := &faulty{Log: h.shop}
		h.log = log
		h.run(t)
		for range 3 {
			h.sellEach(t, events.TidyBatch/2, 1, 1)
			h.shop.exec(t, `DELETE FROM deliveries`)
		}
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		all := len(h.sales(t))
		require.Equal(t, 3*(events.TidyBatch/2)+1, all)
		pass(time.Hour - events.TidyEvery)
		require.Len(t, h.sales(t), all)
		log.fail(&log.forget, func() error { return errors.New("a bad sector") })
		pass(2 * events.TidyEvery)
		require.Len(t, h.sales(t), all)
		require.Equal(t, "events", h.logs.of("not forgotten")[0].attrs["what"])
		log.fail(&log.forget, nil)
		pass(events.TidyEvery)
		require.Empty(t, h.sales(t))
		require.NotZero(t, h.receipts(t), "they outlive the events by a day")
		h.box.Stop() // which would look into its log every few seconds
		pass(24 * time.Hour)
		require.Zero(t, h.receipts(t))
	})
}

// receipts counts till's.
func (h *house) receipts(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, h.till.queries.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		return db.QueryRowContext(ctx, `SELECT count(*) FROM inbox`).Scan(&n)
	}))
	return n
}
