package lease_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
)

// crowd are instances that beat every third of 30 s, evenly spread, at one table that is swept every second.
type crowd struct {
	*clock
	table *lease.Table
	told  []lease.GuardState
	// beats says whether an instance does; steps are tenths of a second.
	beats func(i int) bool
	size  int
	step  int
}

func newCrowd(t *testing.T, size int) *crowd {
	c := &crowd{clock: newClock(), size: size, beats: func(int) bool { return true }}
	c.table = lease.New(lease.Params{Node: "a", Now: c.now, Told: func(s lease.GuardState) { c.told = append(c.told, s) }})
	for i := range size {
		put(t, c.table, c.key(i), plain)
	}
	c.run(time.Minute)
	require.Equal(t, size, c.table.Len())
	require.Empty(t, c.told)
	return c
}

func (c *crowd) key(i int) lease.Key { return lease.Key{Service: "svc", ID: strconv.Itoa(i)} }

func (c *crowd) run(lasts time.Duration) {
	const tenth = 100 * time.Millisecond
	for range lasts / tenth {
		c.pass(tenth)
		c.step++
		for i := range c.size {
			if i%100 == c.step%100 && c.beats(i) {
				_, _ = c.table.Beat("svc", strconv.Itoa(i), "") // an instance that is gone stays so
			}
		}
		if c.step%10 == 0 {
			c.table.Sweep()
		}
	}
}

func (c *crowd) overdue() (n int) {
	for _, s := range c.table.All() {
		if s.Overdue {
			n++
		}
	}
	return n
}

func TestGuardHoldsWhenAllFallSilent(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1000)
	c.beats = func(int) bool { return false }
	c.run(22 * time.Second)
	require.Equal(t, 1000, c.table.Len(), "not one is lost before the guard holds")
	require.Len(t, c.told, 1, "and it holds as soon as the first is due")
	require.True(t, c.told[0].Holding)
	require.Equal(t, 1000, c.told[0].Total)
	c.run(10 * time.Minute)
	require.Equal(t, lease.GuardState{Holding: true, Since: c.told[0].Since, Overdue: 1000, Total: 1000}, c.table.Guard())
	require.Equal(t, 1000, c.overdue())

	t.Run("a newcomer keeps them too", func(t *testing.T) {
		b, _ := newTable("b", c.clock)
		records, _ := c.table.Fetch("", "", 0)
		b.Merge(records)
		b.Sweep()
		require.Equal(t, 1000, b.Guard().Overdue)
		require.True(t, b.Guard().Holding)
	})

	// Nine in ten come back.
	c.beats = func(i int) bool { return i%10 != 0 }
	c.run(11 * time.Second)
	require.Equal(t, 1000, c.table.Len())
	require.Equal(t, 100, c.overdue(), "who beats is no longer overdue")
	c.run(15 * time.Second)
	require.Equal(t, 900, c.table.Len())
	require.Len(t, c.told, 2)
	require.Equal(t, lease.GuardState{Overdue: 100, Total: 1000}, c.told[1])
	require.Zero(t, c.table.Guard().Overdue)
	require.Len(t, c.told, 2, "it holds no more")
}

func TestGuardLetsTheDeadGo(t *testing.T) {
	t.Parallel()
	for what, part := range map[string]int{"a third": 3, "a half": 2} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			c := newCrowd(t, 1000)
			// By hundreds, so that the dead have beaten at all times.
			c.beats = func(i int) bool { return i/100%part != 0 }
			want := 0
			for i := range c.size {
				if c.beats(i) {
					want++
				}
			}
			c.run(35 * time.Second)
			require.Equal(t, want, c.table.Len())
			require.Empty(t, c.told)
		})
	}
}

// They fail one after the other for a minute: slower than any number of leases that are silent at the same time could tell.
func TestGuardSeesASlowBleed(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1000)
	began := c.step
	c.beats = func(i int) bool { return i >= (c.step-began)*1000/600 }
	c.run(3 * time.Minute)
	t.Logf("%d of 1000 are kept", c.table.Len())
	require.Greater(t, c.table.Len(), 600)
	require.Equal(t, c.table.Len(), c.table.Guard().Overdue)
	require.Len(t, c.told, 1)
}

// A process that was stopped for a while sees all as due at once when it goes on.
func TestGuardAfterAPause(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1000)
	c.pass(5 * time.Minute)
	c.table.Sweep()
	require.Equal(t, 1000, c.overdue())
	c.run(30 * time.Second)
	require.Equal(t, 1000, c.table.Len())
	require.Zero(t, c.overdue())
	require.False(t, c.table.Guard().Holding)
}

func TestRelease(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, 1000)
	require.Zero(t, c.table.Release())
	c.beats = func(i int) bool { return i >= 600 }
	c.run(35 * time.Second)
	c.beats = func(i int) bool { return i >= 650 }
	c.run(18 * time.Second) // the fifty are silent, and not due
	require.Equal(t, 600, c.table.Guard().Overdue)
	require.Equal(t, 600, c.table.Release())
	require.Equal(t, 400, c.table.Len())
	require.Len(t, c.told, 2)
	require.Equal(t, lease.GuardState{Total: 400}, c.told[1])
	c.run(time.Minute)
	require.Equal(t, 350, c.table.Len(), "those that were released are no reason to keep others")
	require.Len(t, c.told, 2)
}

func TestGuardMinimum(t *testing.T) {
	t.Parallel()
	for size, holds := range map[int]bool{9: false, 10: true} {
		table, _ := newTable("a", newClock())
		c := newCrowd(t, size)
		c.beats = func(int) bool { return false }
		c.run(time.Minute)
		require.Equal(t, holds, c.table.Guard().Holding)
		require.Equal(t, holds, c.table.Len() == size)
		require.Equal(t, lease.GuardState{}, table.Guard())
	}
}

// What is overdue, and no longer, and gone, is told each time.
func TestOverdueIsTold(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := &seen{}
	table := lease.New(lease.Params{Node: "a", Now: c.now, GuardMin: 1, Changed: s.changed})
	put(t, table, one, plain)
	c.pass(30 * time.Second)
	table.Sweep()
	table.Sweep()
	require.Equal(t, 2, s.calls)
	require.True(t, s.last[one].Overdue)
	require.Zero(t, s.last[one].Left)
	stamp := s.last[one].Stamp
	require.Empty(t, table.Hear([]registry.Pulse{{Service: "svc", ID: "one", Stamp: stamp, Left: time.Hour}}))
	require.Equal(t, 3, s.calls)
	require.False(t, s.last[one].Overdue)
	require.Equal(t, 30*time.Second, s.last[one].Left)
	require.True(t, table.Guard().Holding)
	c.pass(30 * time.Second)
	table.Sweep()
	require.Equal(t, 1, table.Release())
	require.Nil(t, s.last[one])
	require.Equal(t, 5, s.calls)
	require.Equal(t, lease.GuardState{}, table.Guard())
}

// Another node may be later, and tell of a lease that has ended here. That does not make two of it.
func TestWhoEndsTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	c := newClock()
	table := lease.New(lease.Params{Node: "a", Now: c.now, GuardMin: 5})
	for i := range 4 {
		put(t, table, lease.Key{Service: "svc", ID: strconv.Itoa(i)}, plain)
	}
	records, _ := table.Dirty()
	c.pass(30 * time.Second)
	table.Sweep()
	require.Zero(t, table.Len())
	for range 3 {
		for i := range records {
			records[i].Left = time.Second
		}
		table.Merge(records)
		require.Equal(t, 4, table.Len())
		c.pass(time.Second)
		table.Sweep()
		require.Zero(t, table.Len())
	}
}
