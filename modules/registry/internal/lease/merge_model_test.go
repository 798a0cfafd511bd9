package lease_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
)

// stamps are few, so that they meet.
func stamps() *rapid.Generator[registry.Stamp] {
	return rapid.Custom(func(t *rapid.T) registry.Stamp {
		return registry.Stamp{Count: rapid.Uint64Range(1, 3).Draw(t, "count"), Node: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "node")}
	})
}

func registrations() *rapid.Generator[registry.Registration] {
	return rapid.SampledFrom([]registry.Registration{plain, other, checked, {Address: "h:1", TTL: 10}})
}

// records are those that nodes could have written, and those that a fault could: others with the same stamp.
func records() *rapid.Generator[registry.Record] {
	return rapid.Custom(func(t *rapid.T) registry.Record {
		r := registry.Record{
			Service: "svc", ID: rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id"), Stamp: stamps().Draw(t, "stamp"),
			Left: time.Duration(rapid.IntRange(-1, 40).Draw(t, "left")) * time.Second,
			Gone: rapid.IntRange(0, 3).Draw(t, "gone") == 0,
		}
		if !r.Gone {
			r.Registration = registrations().Draw(t, "registration")
			r.Health = registry.Health{Status: rapid.SampledFrom([]string{registry.Passing, registry.Failing}).Draw(t, "health")}
			r.Checked = stamps().Draw(t, "checked")
		}
		return r
	})
}

// However records come, in whatever order, by how many ways and how often: what is known at the end is the same.
func TestMergeIsAJoin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(records(), 1, 8).Draw(t, "records")
		c := newClock()
		a, _ := newTable("a", c)
		a.Merge(all)
		again := append(rapid.Permutation(all).Draw(t, "order"), rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "twice")...)
		b, told := newTable("b", c)
		for len(again) > 0 {
			n := rapid.IntRange(1, len(again)).Draw(t, "some")
			b.Merge(again[:n])
			again = again[n:]
		}
		got, _ := a.Fetch("", "", 0)
		want, _ := b.Fetch("", "", 0)
		require.Equal(t, want, got)
		require.Equal(t, a.All(), b.All())

		// What people were told last is what is so.
		for _, s := range b.All() {
			last := told.last[s.Key]
			require.NotNil(t, last)
			last.Left = s.Left
			require.Equal(t, s, *last)
			delete(told.last, s.Key)
		}
		for _, last := range told.last {
			require.Nil(t, last)
		}

		// Two who have heard of different parts know it all when they have told each other.
		cut := rapid.IntRange(0, len(all)).Draw(t, "cut")
		d, _ := newTable("d", c)
		e, _ := newTable("e", c)
		d.Merge(all[:cut])
		e.Merge(all[cut:])
		exchange(d, e)
		exchange(d, e)
		require.Equal(t, content(a, 0), content(d, 0))
		require.Equal(t, content(a, 0), content(e, 0))
	})
}

// exchange lets both fetch from each other.
func exchange(a, b *lease.Table) {
	fromA, _ := a.Fetch("", "", 0)
	fromB, _ := b.Fetch("", "", 0)
	a.Merge(fromB)
	b.Merge(fromA)
}

// content is what nodes have to agree on, of leases that last longer than that: not how long, which they know but to a second
// or two.
func content(table *lease.Table, longer time.Duration) []lease.State {
	all := slices.DeleteFunc(table.All(), func(s lease.State) bool { return longer > 0 && s.Left <= longer })
	for i := range all {
		all[i].Left, all[i].Overdue = 0, false
	}
	return all
}
