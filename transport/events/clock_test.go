package events_test

import (
	"log/slog"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// wallClock is one that can be set, of a machine that can sleep.
type wallClock struct {
	ahead, slept atomic.Int64
	began        time.Time
}

func (w *wallClock) set(ahead time.Duration) { w.ahead.Store(int64(ahead)) }
func (w *wallClock) now() time.Time {
	return time.Now().Add(time.Duration(w.ahead.Load() + w.slept.Load()))
}

// sleep lets time go by that the process knows nothing of.
func (w *wallClock) sleep(d time.Duration) { w.slept.Add(int64(d)) }
func (w *wallClock) uptime() time.Duration {
	return (time.Since(w.began) + time.Duration(w.slept.Load())).Truncate(time.Second)
}

// newClock returns a clock and what sets it.
func newClock() (*events.Clock, *wallClock, *lines) {
	wall, logs := &wallClock{began: time.Now()}, new(lines)
	return events.NewClockOn(slog.New(logs), wall.now, wall.uptime), wall, logs
}

const jumped = "the clock jumped: until it has stayed so for a while, nothing is forgotten by it"

func TestClockThatJumpsAhead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, wall, logs := newClock()
		pass(time.Hour)
		require.True(t, time.Now().Equal(events.OldBy(c)))
		wall.set(8 * 24 * time.Hour)
		for range 59 {
			require.True(t, time.Now().Equal(events.OldBy(c)), "as if it had not jumped")
			pass(time.Minute)
		}
		require.Equal(t, 8*24*time.Hour, c.Jump().By)
		require.WithinDuration(t, time.Now(), c.Jump().Since, time.Hour)
		require.Len(t, logs.of(jumped), 1)
		pass(2 * time.Minute)
		require.True(t, wall.now().Equal(events.OldBy(c)), "it seems to be meant")
		require.Zero(t, c.Jump())
		require.Len(t, logs.of("the clock has stayed where it jumped to: it is trusted"), 1)
	})
}

func TestClockThatJumpsAndReturns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, wall, logs := newClock()
		wall.set(time.Hour)
		_ = c.Jump()
		pass(50 * time.Minute)
		wall.set(2 * time.Hour)
		_ = c.Jump()
		pass(50 * time.Minute)
		require.Equal(t, 2*time.Hour, c.Jump().By, "each jump waits its hour")
		wall.set(time.Second)
		require.Zero(t, c.Jump())
		require.Len(t, logs.of(jumped), 2)
		require.Len(t, logs.of("the clock is back where it was"), 1)
		require.True(t, wall.now().Equal(events.OldBy(c)), "a second is no jump")
	})
}

// TestClockThatIsSetBack makes nothing older than it is.
func TestClockThatIsSetBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, wall, logs := newClock()
		wall.set(-time.Hour)
		require.True(t, wall.now().Equal(events.OldBy(c)))
		require.Equal(t, -time.Hour, c.Jump().By)
		require.Len(t, logs.of(jumped), 1)
	})
}

// TestClockThatIsAdjusted bit by bit has not jumped, however far it comes.
func TestClockThatIsAdjusted(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, wall, logs := newClock()
		for i := range 100 {
			wall.set(time.Duration(i) * 50 * time.Second)
			pass(events.IdleLook)
			_ = c.Jump()
		}
		require.True(t, wall.now().Equal(events.OldBy(c)))
		require.Empty(t, logs.all)
	})
}

// TestMachineThatSleeps has a clock that is ahead of the process when it wakes, and right.
func TestMachineThatSleeps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, wall, logs := newClock()
		for range 10 {
			pass(90*time.Second + 300*time.Millisecond)
			wall.sleep(8*time.Hour + 700*time.Millisecond)
			require.Zero(t, c.Jump())
			require.WithinDuration(t, wall.now(), events.OldBy(c), time.Second)
		}
		require.Empty(t, logs.all)

		wall.set(-2 * time.Hour) // while it slept, somebody set it back
		wall.sleep(time.Hour)
		require.InDelta(t, -2*time.Hour, c.Jump().By, float64(2*time.Second))
		require.Len(t, logs.of(jumped), 1)
	})
}

// TestUptime is known where the machines are that this is made for.
func TestUptime(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("not known here")
	}
	before := events.Uptime()
	require.Positive(t, before)
	require.GreaterOrEqual(t, events.Uptime(), before)
}

// TestNothingIsForgottenByAJump that ends within the hour: neither events nor receipts.
func TestNothingIsForgottenByAJump(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		c, wall, _ := newClock()
		h.clock = c
		h.run(t)
		office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(time.Minute)
		wall.set(30 * 24 * time.Hour)
		pass(50 * time.Minute)
		require.Equal(t, 30*24*time.Hour, office.ClockJump().By)
		require.Len(t, h.sales(t), 1)
		require.Equal(t, 1, h.receipts(t))
		pass(30 * time.Minute)
		require.Empty(t, h.sales(t))
		require.Zero(t, h.receipts(t))
		require.Zero(t, office.ClockJump())
	})
}
