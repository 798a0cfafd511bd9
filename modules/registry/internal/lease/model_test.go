package lease_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
)

// message is on its way to a node: what Dirty gave another, or a page of all it has.
type message struct {
	from, to int
	records  []registry.Record
	pulses   []registry.Pulse
	at       time.Time
}

// fleet are three tables whose wall clocks differ, and what is on the way between them.
type fleet struct {
	*clock
	tables [3]*lease.Table
	way    []message
	cut    [3]bool
}

func newFleet(t *rapid.T) *fleet {
	f := &fleet{clock: newClock()}
	for i := range f.tables {
		skew := time.Duration(rapid.IntRange(-3600, 3600).Draw(t, "skew")) * time.Second
		f.tables[i] = lease.New(lease.Params{Node: fmt.Sprint("node", i), Now: func() time.Time { return f.at.Add(skew) }})
	}
	return f
}

// send puts on the way what a node has to tell. Who is cut off loses what it sends.
func (f *fleet) send(from int) {
	records, pulses := f.tables[from].Dirty()
	for to := range f.tables {
		if to != from && len(records)+len(pulses) > 0 && !f.cut[from] && !f.cut[to] {
			f.way = append(f.way, message{from, to, records, pulses, f.at})
		}
	}
}

// fetch puts on the way all that a node has.
func (f *fleet) fetch(from, to int) {
	if from == to {
		return
	}
	records, _ := f.tables[from].Fetch("", "", 0)
	f.way = append(f.way, message{from, to, records, nil, f.at})
}

// arrive delivers a message, and what is wanted of it comes at once.
func (f *fleet) arrive(m message) {
	if f.cut[m.from] || f.cut[m.to] {
		return
	}
	f.tables[m.to].Merge(m.records)
	f.tables[m.to].Merge(f.tables[m.from].Records(f.tables[m.to].Hear(m.pulses)))
}

// take takes the i-th message off the way.
func (f *fleet) take(i int) message {
	m := f.way[i]
	f.way = append(f.way[:i], f.way[i+1:]...)
	return m
}

// late delivers what has been on its way for a second, so that nothing takes longer.
func (f *fleet) late() {
	for i := 0; i < len(f.way); {
		if f.at.Sub(f.way[i].at) >= time.Second {
			f.arrive(f.take(i))
		} else {
			i++
		}
	}
}

func (f *fleet) sweep() {
	for _, t := range f.tables {
		t.Sweep()
	}
}

// agree lets each fetch from each, and requires that all know the same, but for what ends before it would be there by way of
// two nodes.
func (f *fleet) agree(t *rapid.T) {
	for range 2 {
		for i := range f.tables {
			for j := range i {
				exchange(f.tables[i], f.tables[j])
			}
		}
	}
	f.sweep()
	all := make(map[lease.Key]lease.State)
	for _, table := range f.tables {
		for _, s := range content(table, 0) {
			if _, ok := all[s.Key]; !ok {
				all[s.Key] = s
			}
			require.Equal(t, all[s.Key], s)
		}
	}
	for _, table := range f.tables {
		for _, s := range content(table, 2*time.Second) {
			for _, other := range f.tables {
				require.Contains(t, keys(other), s.Key)
			}
		}
	}
}

func names() *rapid.Generator[lease.Key] {
	return rapid.Map(rapid.SampledFrom([]string{"1", "2", "3"}), func(id string) lease.Key { return lease.Key{Service: "svc", ID: id} })
}

// Whatever instances do at whichever node, and whatever becomes of what nodes tell each other: when they have told each
// other everything once more, they agree.
func TestTablesAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := newFleet(t)
		node, key := rapid.IntRange(0, 2), names()
		table := func(t *rapid.T) *lease.Table { return f.tables[node.Draw(t, "node")] }
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				put(t, table(t), key.Draw(t, "key"), registrations().Draw(t, "registration"))
			},
			"beat": func(t *rapid.T) {
				k := key.Draw(t, "key")
				_, _ = table(t).Beat(k.Service, k.ID, "") // it may not be known there
			},
			"drop": func(t *rapid.T) {
				k := key.Draw(t, "key")
				table(t).Drop(k.Service, k.ID)
			},
			"check": func(t *rapid.T) {
				h := registry.Health{Status: rapid.SampledFrom([]string{registry.Passing, registry.Failing}).Draw(t, "status")}
				at := table(t)
				for _, s := range at.All() {
					at.SetHealth(s.Key, s.Stamp, h)
				}
			},
			"pass": func(t *rapid.T) {
				f.pass(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
				f.sweep()
			},
			"send":    func(t *rapid.T) { f.send(node.Draw(t, "node")) },
			"fetch":   func(t *rapid.T) { f.fetch(node.Draw(t, "from"), node.Draw(t, "to")) },
			"cut":     func(t *rapid.T) { f.cut[node.Draw(t, "node")] = rapid.Bool().Draw(t, "off") },
			"deliver": func(t *rapid.T) { f.some(t, true, true) },
			"repeat":  func(t *rapid.T) { f.some(t, true, false) },
			"lose":    func(t *rapid.T) { f.some(t, false, true) },
		})
		f.agree(t)
	})
}

// some delivers one of the messages, takes it off the way, or both.
func (f *fleet) some(t *rapid.T, deliver, take bool) {
	if len(f.way) == 0 {
		t.Skip()
	}
	i := rapid.IntRange(0, len(f.way)-1).Draw(t, "message")
	m := f.way[i]
	if take {
		f.take(i)
	}
	if deliver {
		f.arrive(m)
	}
}

// instance is one that beats in time, now here and now there, until it dies.
type instance struct {
	key  lease.Key
	ttl  time.Duration
	next time.Time // when it beats
	died time.Time
}

// Who beats in time is known where it beats, and who died is known nowhere when its time and five seconds are over.
func TestTheLivingAndTheDead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := newFleet(t)
		node := rapid.IntRange(0, 2)
		all := make([]instance, rapid.IntRange(1, 5).Draw(t, "instances"))
		for i := range all {
			all[i] = instance{key: lease.Key{Service: "svc", ID: fmt.Sprint(i)}, ttl: 10 * time.Second, next: f.at.Add(2 * time.Second)}
			put(t, f.tables[node.Draw(t, "node")], all[i].key, registry.Registration{Address: "h:1", TTL: 10})
		}
		const tick = 250 * time.Millisecond
		for range rapid.IntRange(1, 60).Draw(t, "seconds") * 4 {
			f.pass(tick)
			for i := range f.tables {
				f.send(i)
			}
			if rapid.IntRange(0, 3).Draw(t, "fetches") == 0 {
				f.fetch(node.Draw(t, "from"), node.Draw(t, "to"))
			}
			for len(f.way) > 0 && rapid.Bool().Draw(t, "early") {
				f.some(t, true, true)
			}
			f.late()
			f.sweep()
			for i := range all {
				all[i].live(t, f, node)
			}
		}
	})
}

// live is a tick of an instance.
func (i *instance) live(t *rapid.T, f *fleet, node *rapid.Generator[int]) {
	if !i.died.IsZero() {
		if f.at.Sub(i.died) < i.ttl+5*time.Second {
			return
		}
		for _, table := range f.tables {
			require.NotContains(t, keys(table), i.key)
		}
		return
	}
	if f.at.Before(i.next) {
		return
	}
	at := f.tables[node.Draw(t, "at")]
	_, err := at.Beat(i.key.Service, i.key.ID, "")
	require.NoError(t, err)
	require.Contains(t, keys(at), i.key)
	i.next = f.at.Add(time.Duration(rapid.IntRange(0, 4000).Draw(t, "pause")) * time.Millisecond)
	if rapid.IntRange(0, 9).Draw(t, "dies") == 0 {
		i.died = f.at
	}
}
