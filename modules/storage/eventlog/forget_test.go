package eventlog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

func TestForget(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 6, mailer)
	m.settle(t, t.Context(), events.Delivered, 1, 2, 3, 4)
	m.settle(t, t.Context(), events.Parked, 5)
	_, err := m.Replay(t.Context(), counter, "r", []string{created}, events.Filter{Key: "order-1"}, ignore)
	require.NoError(t, err)
	forget := func(before time.Time, limit, want int) {
		t.Helper()
		n, err := m.Forget(t.Context(), before, limit)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	forget(told[0].Event.Time.Add(-time.Second), 100, 0)
	soon := time.Now().Add(time.Minute)
	forget(soon, 2, 2)
	forget(soon, 100, 1)
	forget(soon, 100, 0)
	var left []string
	for _, e := range m.list(t, t.Context(), events.Filter{}) {
		left = append(left, e.Event.Key)
	}
	require.Equal(t, []string{"order-5", "order-4", "order-1", "order-1"}, left)
	dropped, err := m.Drop(t.Context(), events.Filter{})
	require.NoError(t, err)
	require.Len(t, dropped, 3)
	forget(soon, 100, 3)
	require.Empty(t, m.list(t, t.Context(), events.Filter{}))
}

func TestForgetThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"DELETE ON events", "INSERT ON forgotten"} {
		m := openModule(t, t.TempDir())
		m.fill(t, t.Context(), 3)
		require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no BEFORE `+what+` BEGIN SELECT raise(ABORT, 'no'); END`))
		n, err := m.Forget(t.Context(), time.Now().Add(time.Minute), 100)
		require.ErrorContains(t, err, "forget events: ")
		require.Zero(t, n)
		require.Len(t, m.list(t, t.Context(), events.Filter{}), 3)
	}
}

// TestForgetAndReplayAtOnce expects that no delivery of a replay loses its event.
func TestForgetAndReplayAtOnce(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	for range 5 {
		m.fill(t, t.Context(), 2*eventlog.Chunk)
		soon := time.Now().Add(time.Minute)
		forgotten := make(chan error)
		go func() {
			_, err := m.Forget(context.WithoutCancel(t.Context()), soon, eventlog.Chunk)
			forgotten <- err
		}()
		n, err := m.Replay(t.Context(), counter, "r", []string{created}, events.Filter{}, ignore)
		require.NoError(t, err)
		require.NoError(t, <-forgotten)
		open := m.open(t, t.Context())
		require.Len(t, open, n)
		load := make([]*events.Delivery, n)
		for i := range open {
			load[i] = &open[i]
		}
		require.NoError(t, m.Load(t.Context(), load))
		for _, d := range open {
			require.NotNil(t, d.Event)
		}
		_, err = m.Drop(t.Context(), events.Filter{})
		require.NoError(t, err)
		_, err = m.Forget(t.Context(), soon, 1<<20)
		require.NoError(t, err)
	}
}
