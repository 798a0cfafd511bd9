package orderfx_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/order/internal/core"
	"holon/modules/order/orderfx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store counts the transactions that forget, and fails them if it should.
type store struct {
	core.Store
	asked atomic.Int32
	fault error
	// hang makes a transaction wait for the end of its context.
	hang bool
}

func (s *store) Update(ctx context.Context, _ func(context.Context, core.Rows) error) error {
	s.asked.Add(1)
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.fault
}

// pass lets time pass in a synctest bubble, where that takes none.
func pass(d time.Duration) { <-time.After(d) }

func TestForgetter(t *testing.T) {
	t.Parallel()
	t.Run("forgets at the start and every hour", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			s := &store{}
			f := orderfx.NewForgetter(core.New(s, nil, nil, time.Now), slog.New(slog.DiscardHandler))
			ctx, started := context.WithCancel(t.Context())
			require.NoError(t, f.Start(ctx))
			started()
			for i := range 3 {
				synctest.Wait()
				require.EqualValues(t, i+1, s.asked.Load(), "the end of the start's context ends nothing")
				pass(orderfx.ForgetEvery)
			}
			f.Stop()
			pass(2 * orderfx.ForgetEvery)
			require.LessOrEqual(t, s.asked.Load(), int32(4))
		})
	})
	t.Run("says what went wrong and goes on", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			s := &store{fault: errors.New("disk on fire")}
			f := orderfx.NewForgetter(core.New(s, nil, nil, time.Now), slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, f.Start(t.Context()))
			pass(orderfx.ForgetEvery + time.Second)
			f.Stop()
			require.EqualValues(t, 2, s.asked.Load())
			require.Contains(t, log.String(), "disk on fire")
		})
	})
	t.Run("stops in the middle of it, silently", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			f := orderfx.NewForgetter(core.New(&store{hang: true}, nil, nil, time.Now), slog.New(slog.NewTextHandler(&log, nil)))
			require.NoError(t, f.Start(t.Context()))
			synctest.Wait()
			f.Stop()
			require.Empty(t, log.String())
		})
	})
}
