package events

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// lanesModel says in the plainest way what lanes promise: per key a list, of which the head alone may be taken, once it
// is due.
type lanesModel struct {
	lanes  *lanes
	now    time.Time
	nextID int64
	open   map[string][]int64 // by key, the head first
	due    map[int64]time.Time
	tried  map[int64]bool // refused before
	flying map[int64]*item
	gone   map[int64]bool // dropped in flight
}

func (m *lanesModel) add(t *rapid.T) {
	key := fmt.Sprintf("k%d", rapid.IntRange(0, 4).Draw(t, "key"))
	m.nextID++
	d := Delivery{ID: m.nextID, Key: key}
	if rapid.Bool().Draw(t, "with event") {
		d.Event = &Event{}
	}
	if rapid.Bool().Draw(t, "later") {
		d.Due = m.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "in")) * time.Second)
		d.Attempts = rapid.IntRange(0, 2).Draw(t, "attempts")
		m.tried[d.ID] = d.Attempts > 0
	}
	m.lanes.add(d)
	m.open[key] = append(m.open[key], d.ID)
	m.due[d.ID] = d.Due
}

func (m *lanesModel) take(t *rapid.T) {
	var fresh, tried []int64
	for _, ids := range m.open {
		switch head := ids[0]; {
		case m.flying[head] != nil || m.due[head].After(m.now):
		case m.tried[head]:
			tried = append(tried, head)
		default:
			fresh = append(fresh, head)
		}
	}
	n, k := rapid.IntRange(0, 6).Draw(t, "first-comers"), rapid.IntRange(0, 3).Draw(t, "tried")
	gotFresh, gotTried := m.lanes.take(m.now, n, k)
	m.took(t, gotFresh, n, fresh)
	m.took(t, gotTried, k, tried)
}

func (m *lanesModel) took(t *rapid.T, got []*item, n int, want []int64) {
	require.Len(t, got, min(n, len(want)))
	for _, it := range got {
		require.Contains(t, want, it.ID, "only heads that are due, each among its kind")
		require.Nil(t, m.flying[it.ID], "never twice")
		m.flying[it.ID] = it
	}
}

func (m *lanesModel) pick(t *rapid.T) *item {
	ids := make([]int64, 0, len(m.flying))
	for id := range m.flying {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		t.Skip("nothing in flight")
	}
	slices.Sort(ids)
	return m.flying[rapid.SampledFrom(ids).Draw(t, "landed")]
}

// leave takes an id out of its lane.
func (m *lanesModel) leave(key string, id int64) {
	m.open[key] = slices.DeleteFunc(m.open[key], func(other int64) bool { return other == id })
	if len(m.open[key]) == 0 {
		delete(m.open, key)
	}
	delete(m.flying, id)
	delete(m.due, id)
}

func (m *lanesModel) done(t *rapid.T) {
	it := m.pick(t)
	m.lanes.done(it)
	m.leave(it.Key, it.ID)
}

func (m *lanesModel) later(t *rapid.T) {
	it := m.pick(t)
	due := m.now.Add(time.Duration(rapid.IntRange(1, 20).Draw(t, "in")) * time.Second)
	if rapid.Bool().Draw(t, "refused") {
		it.Attempts++
		m.tried[it.ID] = true
	} else {
		it.off = m.now
	}
	m.lanes.later(it, due)
	if m.gone[it.ID] {
		m.leave(it.Key, it.ID)
		return
	}
	delete(m.flying, it.ID)
	m.due[it.ID] = due
}

func (m *lanesModel) remove(t *rapid.T) {
	ids := make(map[int64]bool)
	for _, id := range rapid.SliceOfN(rapid.Int64Range(1, max(m.nextID, 1)), 0, 5).Draw(t, "ids") {
		ids[id] = true
	}
	m.lanes.remove(ids)
	for key, lane := range m.open {
		for _, id := range slices.Clone(lane) {
			switch {
			case !ids[id]:
			case m.flying[id] != nil:
				m.gone[id] = true
			default:
				m.leave(key, id)
			}
		}
	}
}

// revive is asked for what waits here or is in flight, and for one that is not here. Heads that are due are left out: which
// line they stand in is the lanes' affair.
func (m *lanesModel) revive(t *rapid.T) {
	var asked []Delivery
	for key, ids := range m.open {
		for i, id := range ids {
			if i > 0 || m.flying[id] != nil || m.due[id].After(m.now) {
				asked = append(asked, Delivery{ID: id, Key: key})
			}
		}
	}
	slices.SortFunc(asked, func(a, b Delivery) int { return cmp.Compare(a.ID, b.ID) })
	asked = slices.DeleteFunc(asked, func(Delivery) bool { return rapid.Bool().Draw(t, "not this") })
	ids := map[int64]bool{m.nextID + 1: true} // one that is not here
	for _, d := range asked {
		ids[d.ID] = true
		m.due[d.ID], m.tried[d.ID] = time.Time{}, false
	}
	here := make(map[int64]bool)
	for _, lane := range m.open {
		for _, id := range lane {
			here[id] = true
		}
	}
	require.Equal(t, here, m.lanes.revive(ids))
}

// hurry makes those due that were put off and not refused.
func (m *lanesModel) hurry(*rapid.T) {
	m.lanes.hurry()
	for _, ids := range m.open {
		if head := ids[0]; m.flying[head] == nil && !m.tried[head] {
			m.due[head] = time.Time{}
		}
	}
}

func (m *lanesModel) check(t *rapid.T) {
	size := 0
	var first time.Time
	for _, ids := range m.open {
		size += len(ids)
		if due := m.due[ids[0]]; m.flying[ids[0]] == nil && due.After(m.now) && (first.IsZero() || due.Before(first)) {
			first = due
		}
	}
	require.Equal(t, size, m.lanes.size)
	loaded := 0
	for _, lane := range m.lanes.byKey {
		for _, it := range lane {
			if it.Event != nil {
				loaded++
			}
		}
	}
	require.Equal(t, loaded, m.lanes.loaded)
	if next, ok := m.lanes.next(); ok && next.After(m.now) {
		require.Equal(t, first, next)
	}
	require.Equal(t, size >= 50, m.lanes.full())
}

func TestLanesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &lanesModel{lanes: newLanes(50), now: time.Unix(1e9, 0), open: make(map[string][]int64),
			due: make(map[int64]time.Time), tried: make(map[int64]bool), flying: make(map[int64]*item), gone: make(map[int64]bool)}
		t.Repeat(map[string]func(*rapid.T){
			"add": m.add, "take": m.take, "done": m.done, "later": m.later, "remove": m.remove, "revive": m.revive,
			"hurry": m.hurry,
			"wait": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 10).Draw(t, "seconds")) * time.Second)
			},
			"": m.check,
		})
	})
}

func TestLanesKeepFewPayloads(t *testing.T) {
	t.Parallel()
	l := newLanes(2 * payloadLimit)
	for i := range payloadLimit + 10 {
		l.add(Delivery{ID: int64(i), Key: fmt.Sprint(i), Event: &Event{}})
	}
	require.Equal(t, payloadLimit, l.loaded)
	taken, _ := l.take(time.Now(), payloadLimit+10, 0)
	require.Nil(t, taken[payloadLimit].Event, "it is read again when its turn comes")
	for _, it := range taken {
		l.done(it)
	}
	require.Zero(t, l.loaded)
	require.Zero(t, l.size)
	require.Empty(t, l.byKey)
}
