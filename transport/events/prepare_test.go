package events_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
)

// TestPrepare runs before the transaction, with the same event, and again whenever its handler does.
func TestPrepare(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var prepared, handled atomic.Int64
		prepare := func(ctx context.Context, s sale) error {
			prepared.Add(1)
			require.False(t, contract.InTransaction(ctx))
			require.NotEmpty(t, contract.CauseOf(ctx))
			require.Equal(t, sale{Key: "a", Version: 1}, s)
			return h.till.Update(ctx, func(context.Context) error { return nil })
		}
		handle := func(ctx context.Context, s sale) error {
			require.True(t, contract.InTransaction(ctx))
			require.Equal(t, handled.Add(1), prepared.Load())
			if err := h.post(ctx, s); err != nil {
				return err
			}
			if handled.Load() < 3 {
				return errInk
			}
			return nil
		}
		h.only(t, events.OnPrepared(sold, prepare, handle))
		h.sell(t, sale{Key: "a", Version: 1})
		pass(time.Minute)
		require.EqualValues(t, 3, handled.Load())
		require.EqualValues(t, 3, prepared.Load())
		require.Len(t, h.postings(t), 1)
	})
}

func TestPrepareRefuses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		var tries atomic.Int64
		prepare := func(context.Context, sale) error {
			if tries.Add(1) == 1 {
				return errors.New("do not know the till")
			}
			return nil
		}
		var handled atomic.Int64
		h.only(t, events.OnPrepared(sold, prepare, func(ctx context.Context, s sale) error {
			handled.Add(1)
			return h.post(ctx, s)
		}))
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		entry := h.entries(t, events.Retrying)[0]
		require.Equal(t, 1, entry.Attempts)
		require.Equal(t, "prepare: do not know the till", entry.Reason)
		require.Zero(t, handled.Load())
		pass(time.Minute)
		require.EqualValues(t, 1, handled.Load())
		require.Len(t, h.postings(t), 1)
	})
}
