package lease_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
	"holon/transport/status"
)

// clock is read by a table, and moved by its test.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{at: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// seen is what Changed told last of each key, and how often.
type seen struct {
	last  map[lease.Key]*lease.State
	calls int
}

func (s *seen) changed(k lease.Key, now *lease.State) {
	if s.last == nil {
		s.last = make(map[lease.Key]*lease.State)
	}
	s.last[k] = now
	s.calls++
}

func newTable(node string, c *clock) (*lease.Table, *seen) {
	s := &seen{}
	return lease.New(lease.Params{Node: node, Now: c.now, Changed: s.changed}), s
}

var (
	plain   = registry.Registration{Address: "10.0.0.1:80"}
	other   = registry.Registration{Address: "10.0.0.2:80", Tags: []string{"b", "a", "b"}}
	checked = registry.Registration{Address: "10.0.0.3:80", Check: registry.Check{TCP: true}}
	one     = lease.Key{Service: "svc", ID: "one"}
)

func put(t require.TestingT, table *lease.Table, k lease.Key, r registry.Registration) registry.Lease {
	l, err := table.Put(k.Service, k.ID, r)
	require.NoError(t, err)
	return l
}

func TestPut(t *testing.T) {
	t.Parallel()
	c := newClock()
	table, seen := newTable("a", c)
	first := put(t, table, one, other)
	require.Len(t, first.Revision, 16)
	require.Equal(t, registry.Lease{Created: true, Revision: first.Revision, TTL: 30, Beat: 10}, first)
	require.Equal(t, 1, seen.calls)
	require.Equal(t, []string{"a", "b"}, seen.last[one].Registration.Tags)
	require.Equal(t, registry.Stamp{Count: 1, Node: "a"}, seen.last[one].Stamp)
	require.Equal(t, c.at, seen.last[one].Since)

	c.pass(20 * time.Second)
	again := put(t, table, one, registry.Registration{Address: "10.0.0.2:80", Tags: []string{"a", "b"}, TTL: 30})
	require.Equal(t, registry.Lease{Revision: first.Revision, TTL: 30, Beat: 10}, again, "the same is a heartbeat")
	require.Equal(t, 1, seen.calls)
	require.Equal(t, 30*time.Second, table.All()[0].Left)

	changed := put(t, table, one, plain)
	require.NotEqual(t, first.Revision, changed.Revision)
	require.False(t, changed.Created)
	require.Equal(t, registry.Stamp{Count: 2, Node: "a"}, seen.last[one].Stamp)
	require.Equal(t, 1, table.Len())

	require.True(t, table.Drop(one.Service, one.ID))
	require.Nil(t, seen.last[one])
	require.Zero(t, table.Len())
	require.Empty(t, table.All())
	require.False(t, table.Drop(one.Service, one.ID))
	require.True(t, put(t, table, one, plain).Created)
	require.Equal(t, registry.Stamp{Count: 4, Node: "a"}, seen.last[one].Stamp, "higher than the goodbye's")

	c.pass(30 * time.Second)
	table.Sweep()
	require.Nil(t, seen.last[one])
	put(t, table, one, plain)
	require.Equal(t, registry.Stamp{Count: 5, Node: "a"}, seen.last[one].Stamp, "others may still have the old one")
	for _, wait := range []time.Duration{30 * time.Second, time.Second, 89 * time.Second} {
		c.pass(wait)
		table.Sweep()
	}
	put(t, table, one, plain)
	require.Equal(t, registry.Stamp{Count: 1, Node: "a"}, seen.last[one].Stamp, "nobody can have it any more")
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	c := newClock()
	table := lease.New(lease.Params{Node: "a", Now: c.now, Max: 2})
	for _, id := range []string{"1", "2"} {
		put(t, table, lease.Key{Service: "s", ID: id}, plain)
	}
	_, err := table.Put("s", "3", plain)
	modulestest.Refused(t, err, status.Unavailable, "too_many_leases")
	put(t, table, lease.Key{Service: "s", ID: "2"}, other)

	t.Run("goodbyes are bounded", func(t *testing.T) {
		for _, id := range []string{"1", "2"} {
			require.True(t, table.Drop("s", id))
		}
		for _, id := range []string{"3", "4"} {
			put(t, table, lease.Key{Service: "s", ID: id}, plain)
			require.True(t, table.Drop("s", id))
		}
		_, err := table.Put("s", "5", plain)
		modulestest.Refused(t, err, status.Unavailable, "too_many_leases")
		put(t, table, lease.Key{Service: "s", ID: "4"}, plain)
		c.pass(2 * time.Minute)
		table.Sweep()
		records, _ := table.Fetch("", "", 0)
		require.Empty(t, records)
	})
	t.Run("others may have more", func(t *testing.T) {
		for i := range 20 {
			table.Merge([]registry.Record{{Service: "s", ID: strings.Repeat("i", i+1), Stamp: registry.Stamp{Count: 1}, Registration: plain}})
		}
		require.Equal(t, 8, table.Len())
	})
}

func TestBeat(t *testing.T) {
	t.Parallel()
	c := newClock()
	table, seen := newTable("a", c)
	unknown := func(revision string) {
		t.Helper()
		_, err := table.Beat(one.Service, one.ID, revision)
		require.NotEmpty(t, modulestest.Refused(t, err, status.NotFound, "unknown_lease").Details[status.DetailHint])
	}
	unknown("")
	l := put(t, table, one, plain)
	for _, revision := range []string{"", l.Revision} {
		c.pass(29 * time.Second)
		table.Sweep()
		got, err := table.Beat(one.Service, one.ID, revision)
		require.NoError(t, err)
		require.Equal(t, registry.Lease{Revision: l.Revision, TTL: 30, Beat: 10}, got)
	}
	for _, revision := range []string{"x", "0", l.Revision + "0", "+" + l.Revision[1:], strings.Repeat("0", 16)} {
		unknown(revision)
	}
	require.Equal(t, 1, seen.calls)
	table.Drop(one.Service, one.ID)
	unknown("")
	put(t, table, one, plain)
	c.pass(30*time.Second - 1)
	table.Sweep()
	require.Equal(t, 1, table.Len())
	c.pass(1)
	table.Sweep()
	unknown("")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	c := newClock()
	table, seen := newTable("a", c)
	put(t, table, one, checked)
	s := table.All()[0]
	require.Equal(t, registry.Health{Status: registry.Unknown, Reason: "not checked yet", Since: c.at}, s.Health)
	bad := registry.Health{Status: registry.Failing, Reason: "refused", Since: c.at.Add(time.Second)}
	require.True(t, table.SetHealth(one, s.Stamp, bad))
	require.Equal(t, bad, seen.last[one].Health)
	later := bad
	later.Since = c.at.Add(time.Hour)
	require.False(t, table.SetHealth(one, s.Stamp, later), "the same is no news")
	require.Equal(t, bad, table.All()[0].Health)
	require.False(t, table.SetHealth(one, s.Stamp, registry.Health{Status: "well"}))
	require.False(t, table.SetHealth(lease.Key{Service: "svc", ID: "two"}, s.Stamp, bad))

	put(t, table, one, plain)
	require.Equal(t, "has no check", table.All()[0].Health.Reason)
	require.False(t, table.SetHealth(one, table.All()[0].Stamp, bad), "who has no check is not found to be anything")
	again := checked
	again.Version = "1.0.0"
	put(t, table, one, again)
	require.Equal(t, "not checked yet", table.All()[0].Health.Reason)
	require.False(t, table.SetHealth(one, s.Stamp, bad), "what was found of the one before")
	long := registry.Health{Status: registry.Failing, Reason: strings.Repeat("é", 200)}
	require.True(t, table.SetHealth(one, table.All()[0].Stamp, long))
	require.Equal(t, strings.Repeat("é", 128), table.All()[0].Health.Reason)
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	table := lease.New(lease.Params{Node: "a"})
	other := lease.New(lease.Params{Node: "b"})
	var running sync.WaitGroup
	for i := range 4 {
		running.Go(func() {
			k := lease.Key{Service: "svc", ID: strconv.Itoa(i % 2)}
			for n := range 50 {
				_, _ = table.Put(k.Service, k.ID, registry.Registration{Address: "h:" + strconv.Itoa(n/10+1)})
				_, _ = table.Beat(k.Service, k.ID, "")
				records, pulses := table.Dirty()
				other.Merge(records)
				other.Merge(table.Records(other.Hear(pulses)))
				table.Sweep()
				if n%20 == i {
					table.Drop(k.Service, k.ID)
				}
				_, _ = table.Fetch("", "", 0)
				_, _, _ = table.All(), table.Guard(), table.Release()
			}
		})
	}
	running.Wait()
	require.Equal(t, 2, table.Len())
	exchange(table, other)
	require.Equal(t, content(table, 0), content(other, 0))
}
