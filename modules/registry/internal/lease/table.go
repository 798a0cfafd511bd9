package lease

import (
	"sync"
	"time"

	"holon/modules/registry"
)

// Table is the leases that one node knows of. It is safe for concurrent use.
type Table struct {
	params Params
	start  time.Time

	mu     sync.Mutex
	leases map[Key]*lease
	// past are the counts of leases that ended without a goodbye: whoever comes back writes a higher one, and is
	// right where the old lease is still known.
	past map[Key]past
	// live is how many of the leases are no goodbyes, overdue how many of those are so.
	live, overdue int
	// next is when something may have to be done: before, no lease ends and nothing is forgotten.
	next time.Duration
	// order is all leases by key, nil where it has to be made anew.
	order []*lease
	// dirty are those with something to tell others.
	dirty []*lease
	guard guard
}

// lease is what is known of a key: a lease, or a goodbye. Times are those since the table's start.
type lease struct {
	key   Key
	stamp registry.Stamp
	// registration is nil for a goodbye, revision its hash.
	registration *registry.Registration
	revision     uint64
	since        time.Time
	health       registry.Health
	checked      registry.Stamp
	deadline     time.Duration
	// heard says that the deadline is by a heartbeat which came to this node, not by what another told.
	heard   bool
	overdue bool
	news    news
}

// past is a lease that ended at a time, and is remembered until another.
type past struct {
	count     uint64
	at, until time.Duration
}

// news is what others have to be told of a lease.
type news uint8

const (
	nothing news = iota
	pulse
	record
)

// New returns an empty table.
func New(p Params) *Table {
	p = p.defaults()
	return &Table{
		params: p, start: p.Now(), leases: make(map[Key]*lease), past: make(map[Key]past),
		guard: guard{window: p.Window, min: p.GuardMin, resumed: -longest},
	}
}

func (t *Table) now() time.Duration { return t.params.Now().Sub(t.start) }

func (l *lease) gone() bool { return l.registration == nil }

// ttl is how long a renewed lease is good for. It is not asked of a goodbye.
func (l *lease) ttl() time.Duration { return time.Duration(l.registration.TTL) * time.Second }

// find returns the lease of a key, nil where there is none or a goodbye. The caller holds mu.
func (t *Table) find(k Key) *lease {
	if l := t.leases[k]; l != nil && !l.gone() {
		return l
	}
	return nil
}

// set makes l what is known of its key, instead of was, which may be nil. The caller holds mu.
func (t *Table) set(was, l *lease, now time.Duration) {
	visible := !l.gone()
	t.order = nil
	if was != nil && !was.gone() {
		t.late(was, false)
		t.live--
		visible = true
	}
	if was != nil {
		was.news = nothing // what there was to tell is no longer so
	}
	t.leases[l.key] = l
	t.next = min(t.next, l.deadline)
	if !l.gone() {
		t.live++
	}
	if visible {
		t.tell(l, now)
	}
}

// remove forgets a key. The caller holds mu.
func (t *Table) remove(l *lease) {
	delete(t.leases, l.key)
	t.order = nil
	l.news = nothing
	if l.gone() {
		return
	}
	t.live--
	t.late(l, false)
	t.params.Changed(l.key, nil)
}

// late says whether a lease is overdue, and reports whether that is another answer than before. The caller holds mu.
func (t *Table) late(l *lease, overdue bool) (changed bool) {
	if l.overdue == overdue {
		return false
	}
	l.overdue = overdue
	if overdue {
		t.overdue++
	} else {
		t.overdue--
	}
	return true
}

// extend makes a lease last until then. The caller holds mu.
func (t *Table) extend(l *lease, until time.Duration, heard bool, now time.Duration) {
	l.deadline, l.heard = until, heard
	if until > now && t.late(l, false) {
		t.tell(l, now)
	}
}

// tell calls Changed. The caller holds mu.
func (t *Table) tell(l *lease, now time.Duration) {
	if l.gone() {
		t.params.Changed(l.key, nil)
		return
	}
	t.params.Changed(l.key, l.state(now))
}

// note remembers that others have to be told. The caller holds mu.
func (t *Table) note(l *lease, n news) {
	if l.news == nothing {
		t.dirty = append(t.dirty, l)
	}
	l.news = max(l.news, n)
}
