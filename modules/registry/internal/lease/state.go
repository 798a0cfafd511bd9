package lease

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"holon/modules/registry"
)

// Key names a lease.
type Key struct{ Service, ID string }

// compare orders keys by service, then by id.
func (k Key) compare(other Key) int {
	return cmp.Or(strings.Compare(k.Service, other.Service), strings.Compare(k.ID, other.ID))
}

// State is a lease at one moment. What its Registration points to is shared and must not be changed.
type State struct {
	Key
	Registration registry.Registration
	Stamp        registry.Stamp
	// Since is when it was registered, by the clock of the node that took it.
	Since  time.Time
	Health registry.Health
	// Overdue says that its time is over and that it is kept all the same: see GuardState.
	Overdue bool
	// Left is for how long it is good if nobody renews it, 0 where that is over.
	Left time.Duration
}

func (l *lease) state(now time.Duration) *State {
	return &State{
		Key: l.key, Registration: *l.registration, Stamp: l.stamp, Since: l.since, Health: l.health, Overdue: l.overdue,
		Left: max(l.deadline-now, 0),
	}
}

// All returns every lease, by service and id.
func (t *Table) All() []State {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	all := make([]State, 0, t.live)
	for _, l := range t.sorted() {
		if !l.gone() {
			all = append(all, *l.state(now))
		}
	}
	return all
}

// Len returns how many leases there are.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.live
}

// sorted returns all leases and goodbyes in order. It is kept until a key comes or goes: a newcomer asks page by page. The
// caller holds mu.
func (t *Table) sorted() []*lease {
	if t.order == nil {
		t.order = make([]*lease, 0, len(t.leases))
		for _, l := range t.leases {
			t.order = append(t.order, l)
		}
		slices.SortFunc(t.order, func(a, b *lease) int { return a.key.compare(b.key) })
	}
	return t.order
}
