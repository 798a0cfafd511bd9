package core_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

func newHasher(t *testing.T, atOnce int) *core.Hasher {
	t.Helper()
	h, err := core.NewHasher(atOnce)
	require.NoError(t, err)
	return h
}

func TestHasherNeedsRoomForOne(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, -1} {
		_, err := core.NewHasher(n)
		require.ErrorContains(t, err, "1 or more")
	}
}

func TestHasherBoundsWhatRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(t, 3)
		var running, most atomic.Int32
		release := make(chan struct{})
		for range 10 {
			go func() {
				err := h.Bounded(t.Context(), func() {
					most.Store(max(most.Load(), running.Add(1)))
					<-release
					running.Add(-1)
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
		for range 10 {
			synctest.Wait()
			require.LessOrEqual(t, running.Load(), int32(3))
			release <- struct{}{}
		}
		synctest.Wait()
		require.EqualValues(t, 3, most.Load(), "and no less than it may")
	})
}

func TestHasherBoundsWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(t, 1)
		var did atomic.Int32
		release := make(chan struct{})
		for range core.QueueLimit {
			go func() {
				if err := h.Bounded(t.Context(), func() { <-release; did.Add(1) }); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		err := h.Bounded(t.Context(), func() { t.Error("ran though the queue was full") })
		e := modulestest.Refused(t, err, status.Unavailable, "too_many_sign_ins")
		require.Equal(t, "2", e.Details[status.DetailRetryAfter])

		close(release)
		synctest.Wait()
		require.EqualValues(t, core.QueueLimit, did.Load(), "who was let in is served")
		require.NoError(t, h.Bounded(t.Context(), func() {}), "and there is room again")
	})
}

func TestHasherLetsGoOfWhoLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(t, 1)
		release := make(chan struct{})
		go func() { _ = h.Bounded(t.Context(), func() { <-release }) }()
		synctest.Wait()

		ctx, leave := context.WithCancelCause(t.Context())
		left := make(chan error, core.QueueLimit-1)
		for range core.QueueLimit - 1 {
			go func() { left <- h.Bounded(ctx, func() { t.Error("ran for someone who left") }) }()
		}
		synctest.Wait()
		leave(context.DeadlineExceeded)
		for range core.QueueLimit - 1 {
			require.ErrorIs(t, <-left, context.Canceled, "as it would be told over the network, where causes do not travel")
		}
		go func() { left <- h.Bounded(t.Context(), func() {}) }()
		synctest.Wait()
		close(release)
		require.NoError(t, <-left, "their places in the queue are free")
	})
}

func TestHasherSurvivesAPanic(t *testing.T) {
	t.Parallel()
	h := newHasher(t, 1)
	for range core.QueueLimit + 1 {
		require.Panics(t, func() { _ = h.Bounded(t.Context(), func() { panic("argon2: too few passes") }) })
	}
	require.NoError(t, h.Bounded(t.Context(), func() {}))
}
