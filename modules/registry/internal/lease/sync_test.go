package lease_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
)

func TestDirty(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, _ := newTable("a", c)
	b, seen := newTable("b", c)
	two := lease.Key{Service: "svc", ID: "two"}
	put(t, a, one, checked)
	put(t, a, two, plain)
	_, err := a.Beat(two.Service, two.ID, "")
	require.NoError(t, err)
	records, pulses := a.Dirty()
	require.Len(t, records, 2)
	require.Empty(t, pulses, "the record says it all")
	b.Merge(records)
	require.Equal(t, a.All(), b.All())
	require.Equal(t, 2, seen.calls)

	records, pulses = b.Dirty()
	require.Empty(t, records, "what was told is not passed on")
	require.Empty(t, pulses)
	records, pulses = a.Dirty()
	require.Empty(t, records)
	require.Empty(t, pulses)

	t.Run("a heartbeat elsewhere", func(t *testing.T) {
		c.pass(10 * time.Second)
		_, err := b.Beat(one.Service, one.ID, "")
		require.NoError(t, err)
		records, pulses := b.Dirty()
		require.Empty(t, records)
		require.Equal(t, []registry.Pulse{{Service: "svc", ID: "one", Stamp: registry.Stamp{Count: 1, Node: "a"}, Left: 30 * time.Second}}, pulses)
		require.Empty(t, a.Hear(pulses))
		require.Equal(t, 30*time.Second, a.All()[0].Left)
	})
	t.Run("a finding", func(t *testing.T) {
		require.True(t, b.SetHealth(one, a.All()[0].Stamp, registry.Health{Status: registry.Passing}))
		records, _ := b.Dirty()
		a.Merge(records)
		require.Equal(t, registry.Passing, a.All()[0].Health.Status)
	})
	t.Run("a goodbye", func(t *testing.T) {
		old, _ := b.Fetch("", "", 0)
		require.True(t, a.Drop(one.Service, one.ID))
		records, _ := a.Dirty()
		require.Len(t, records, 1)
		b.Merge(records)
		require.Nil(t, seen.last[one])
		b.Merge(old)
		require.Equal(t, []lease.Key{two}, keys(b))
		require.Empty(t, b.Hear([]registry.Pulse{{Service: "svc", ID: "one", Stamp: registry.Stamp{Count: 1, Node: "a"}, Left: time.Second}}))
		c.pass(90*time.Second - 1)
		b.Sweep()
		records, _ = b.Fetch("", "", 0)
		require.Len(t, records, 1, "only the goodbye")
		require.True(t, records[0].Gone)
		c.pass(1)
		b.Sweep()
		records, _ = b.Fetch("", "", 0)
		require.Empty(t, records)
	})
	t.Run("what was overtaken is not told", func(t *testing.T) {
		put(t, a, one, plain)
		b.Merge([]registry.Record{{Service: "svc", ID: "one", Stamp: registry.Stamp{Count: 3, Node: "a"}, Registration: plain, Left: time.Minute}})
		put(t, b, one, other)
		b.Merge([]registry.Record{{Service: "svc", ID: "one", Stamp: registry.Stamp{Count: 9, Node: "a"}, Registration: plain, Left: time.Minute}})
		records, pulses := b.Dirty()
		require.Empty(t, records)
		require.Empty(t, pulses)
	})
}

func TestWanted(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, _ := newTable("a", c)
	b, _ := newTable("b", c)
	put(t, a, one, plain)
	a.Dirty() // the record is lost
	_, err := a.Beat(one.Service, one.ID, "")
	require.NoError(t, err)
	_, pulses := a.Dirty()
	require.Equal(t, pulses, b.Hear(pulses))
	b.Merge(a.Records(append(pulses, registry.Pulse{Service: "none", ID: "x"})))
	require.Equal(t, a.All(), b.All())
	require.Empty(t, b.Hear(pulses))
	old := pulses

	put(t, a, one, other)
	a.Dirty()
	_, err = a.Beat(one.Service, one.ID, "")
	require.NoError(t, err)
	_, pulses = a.Dirty()
	require.Equal(t, pulses, b.Hear(pulses), "another version of it")
	c.pass(time.Second)
	require.Empty(t, a.Hear(old), "an older one")
	require.Equal(t, 30*time.Second, a.All()[0].Left, "somebody lives")
	missed, _ := a.Dirty()
	require.Len(t, missed, 1, "and the other node is told what it has missed")
	require.Equal(t, other.Address, missed[0].Registration.Address)
	pulses[0].Left = 28 * time.Second
	require.Empty(t, a.Hear(pulses), "one that was late")
	require.Equal(t, 30*time.Second, a.All()[0].Left)

	for what, p := range map[string]registry.Pulse{
		"no name":     {ID: "x", Stamp: registry.Stamp{Count: 1}, Left: time.Second},
		"over":        {Service: "svc", ID: "x", Stamp: registry.Stamp{Count: 1}},
		"no count":    {Service: "svc", ID: "x", Left: time.Second},
		"great count": {Service: "svc", ID: "one", Stamp: registry.Stamp{Count: math.MaxUint64}, Left: time.Second},
	} {
		require.Empty(t, b.Hear([]registry.Pulse{p}), what)
	}
}

func TestFetch(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, _ := newTable("a", c)
	for _, k := range []lease.Key{{Service: "b", ID: "1"}, {Service: "a-", ID: "9"}, {Service: "a", ID: "2"}, {Service: "a", ID: "10"}} {
		put(t, a, k, plain)
	}
	a.Drop("a", "2")
	var got []string
	var after registry.Record
	for more := true; more; {
		var page []registry.Record
		page, more = a.Fetch(after.Service, after.ID, 3)
		for _, after = range page {
			got = append(got, after.Service+"/"+after.ID)
		}
	}
	require.Equal(t, []string{"a/10", "a/2", "a-/9", "b/1"}, got)
	page, more := a.Fetch("b", "1", 1)
	require.Empty(t, page)
	require.False(t, more)
}

// Two nodes that ask each other for everything, a second away from each other, must not keep a lease between them.
func TestFetchingKeepsNothingAlive(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, _ := newTable("a", c)
	b, _ := newTable("b", c)
	put(t, a, one, plain)
	from, to := a, b
	for range 31 {
		records, _ := from.Fetch("", "", 0)
		c.pass(time.Second)
		to.Merge(records)
		a.Sweep()
		b.Sweep()
		from, to = to, from
	}
	c.pass(time.Second)
	a.Sweep()
	b.Sweep()
	require.Zero(t, a.Len()+b.Len())
}

// A lease that ended here does not come back for what another node, which has not yet looked, has of it.
func TestWhatEndedIsOver(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, seen := newTable("a", c)
	put(t, a, one, plain)
	records, _ := a.Dirty()
	c.pass(30 * time.Second)
	a.Sweep()
	calls := seen.calls
	records[0].Left = 0
	a.Merge(records)
	require.Zero(t, a.Len())
	require.Equal(t, calls, seen.calls)
	records[0].Left = time.Second
	a.Merge(records)
	require.Equal(t, 1, a.Len(), "somebody has heard a later heartbeat")
}

func TestMergeBounds(t *testing.T) {
	t.Parallel()
	good := registry.Record{Service: "svc", ID: "one", Stamp: registry.Stamp{Count: 1, Node: "x"}, Left: time.Second, Registration: plain}
	for what, change := range map[string]func(*registry.Record){
		"great count":    func(r *registry.Record) { r.Stamp.Count = math.MaxUint64 },
		"no count":       func(r *registry.Record) { r.Stamp.Count = 0 },
		"long node":      func(r *registry.Record) { r.Stamp.Node = string(make([]byte, 1000)) },
		"great finding":  func(r *registry.Record) { r.Checked.Count = 1<<62 + 1 },
		"no service":     func(r *registry.Record) { r.Service = "" },
		"bad id":         func(r *registry.Record) { r.Gone, r.ID = true, "a/b" },
		"no address":     func(r *registry.Record) { r.Registration = registry.Registration{} },
		"check of later": func(r *registry.Record) { r.Registration.Check.Every = 5 },
	} {
		table, seen := newTable("a", newClock())
		r := good
		change(&r)
		table.Merge([]registry.Record{r})
		records, _ := table.Fetch("", "", 0)
		require.Empty(t, records, what)
		require.Zero(t, seen.calls, what)
	}
	for left, want := range map[time.Duration]time.Duration{
		-time.Hour: 0, 0: 0, time.Second: time.Second, time.Hour: 30 * time.Second, math.MaxInt64: 30 * time.Second, math.MinInt64: 0,
	} {
		table, _ := newTable("a", newClock())
		r := good
		r.Left, r.Since = left, time.Unix(1<<40, 0)
		r.Health = registry.Health{Status: "?"}
		table.Merge([]registry.Record{r})
		s := table.All()[0]
		require.Equal(t, want, s.Left)
		require.Zero(t, s.Since, "no time that JSON has")
		require.Equal(t, registry.Unknown, s.Health.Status)

		r.Gone, r.Stamp.Count = true, 1<<62
		table.Merge([]registry.Record{r})
		require.Zero(t, table.Len())
		require.True(t, put(t, table, one, plain).Created)
		require.Equal(t, uint64(1<<62+1), table.All()[0].Stamp.Count)
	}
}

func keys(table *lease.Table) []lease.Key {
	all := make([]lease.Key, 0, table.Len())
	for _, s := range table.All() {
		all = append(all, s.Key)
	}
	return all
}
