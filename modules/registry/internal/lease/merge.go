package lease

import (
	"time"

	"holon/modules/registry"
)

// maxNode bounds the name of a writer, in bytes.
const maxNode = 256

// Merge takes what another node sent. Of each key the greater record is kept (order.go), the later deadline, and the greater
// finding. What breaks a rule is passed over: it may come from another version.
func (t *Table) Merge(records []registry.Record) {
	for i := range records {
		if l := read(&records[i]); l != nil {
			t.merge(l)
		}
	}
}

// read returns a record with what it has left for a deadline, nil where it is not valid.
func read(r *registry.Record) *lease {
	l := &lease{key: Key{r.Service, r.ID}, stamp: r.Stamp, deadline: min(max(r.Left, 0), longest)}
	if !l.key.valid() || !validStamp(r.Stamp) || r.Stamp.Count == 0 {
		return nil
	}
	if r.Gone {
		return l
	}
	content, err := Validate(r.Service, r.ID, r.Registration)
	if err != nil || !validStamp(r.Checked) {
		return nil
	}
	l.registration, l.revision, l.since = &content, revisionOf(&content), moment(r.Since)
	l.deadline = min(l.deadline, l.ttl())
	if known(r.Health) {
		l.health, l.checked = shorten(r.Health), r.Checked
	} else {
		l.health = unchecked(&content, l.since)
	}
	return l
}

func validStamp(s registry.Stamp) bool { return s.Count <= maxCount && len(s.Node) <= maxNode }

// merge takes a lease whose deadline is what it has left.
func (t *Table) merge(l *lease) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	over := l.deadline == 0
	l.deadline += now
	was := t.leases[l.key]
	if was == nil {
		// Others may have taken more than this node would, but not without end. What is over is for a newcomer, whose guard will
		// know what to do with it; here it has ended once, and would again.
		if len(t.leases) < 4*t.params.Max && (!over || l.stamp.Count > t.past[l.key].count) {
			t.set(nil, l, now)
		}
		return
	}
	switch c := compareContent(l, was); {
	case c > 0:
		t.set(was, l, now)
	case c == 0:
		t.join(was, l, now)
	}
}

// join takes the later deadline and the greater finding of the same content. The caller holds mu.
func (t *Table) join(l, other *lease, now time.Duration) {
	if other.deadline > l.deadline {
		t.extend(l, other.deadline, false, now)
	}
	if !l.gone() && compareHealth(other, l) > 0 {
		seen := l.health != other.health
		l.health, l.checked = other.health, other.checked
		if seen {
			t.tell(l, now)
		}
	}
}
