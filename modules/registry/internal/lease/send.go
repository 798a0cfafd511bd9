package lease

import (
	"slices"
	"time"

	"holon/modules/registry"
)

// Dirty returns what others have to be told: what was done here since it was last asked, each key once. Records are of
// leases that are new, other than before, gone or found to be in another health, pulses of those that were only renewed. It
// is told once: a record that gets lost is asked for when the next heartbeat comes, a goodbye or a finding is not. Whoever
// sends them keeps them until they have arrived. It is asked where there are no others too: what is dirty is kept until then.
func (t *Table) Dirty() (records []registry.Record, pulses []registry.Pulse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, l := range t.dirty {
		switch l.news {
		case record:
			records = append(records, l.record(now))
		case pulse:
			pulses = append(pulses, registry.Pulse{Service: l.key.Service, ID: l.key.ID, Stamp: l.stamp, Left: l.left(now)})
		case nothing:
		}
		l.news = nothing
	}
	clear(t.dirty)
	t.dirty = t.dirty[:0]
	return records, pulses
}

// Records returns those that another node wants, as far as they are known.
func (t *Table) Records(wanted []registry.Pulse) []registry.Record {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	records := make([]registry.Record, 0, len(wanted))
	for _, p := range wanted {
		if l := t.leases[Key{p.Service, p.ID}]; l != nil {
			records = append(records, l.record(now))
		}
	}
	return records
}

// Fetch returns all that is known beyond a key, goodbyes too, by service and id: so many records at most, 0 being all.
// More says that there are others behind them.
func (t *Table) Fetch(afterService, afterID string, limit int) (records []registry.Record, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, all := t.now(), t.sorted()
	at, found := slices.BinarySearchFunc(all, Key{afterService, afterID}, func(l *lease, k Key) int { return l.key.compare(k) })
	if found {
		at++
	}
	all = all[at:]
	if limit > 0 && len(all) > limit {
		all, more = all[:limit], true
	}
	records = make([]registry.Record, len(all))
	for i, l := range all {
		records[i] = l.record(now)
	}
	return records, more
}

func (l *lease) record(now time.Duration) registry.Record {
	r := registry.Record{Service: l.key.Service, ID: l.key.ID, Stamp: l.stamp, Left: l.left(now), Gone: l.gone()}
	if !l.gone() {
		r.Registration, r.Since, r.Health, r.Checked = *l.registration, l.since, l.health, l.checked
	}
	return r
}

// left is what others are told that a lease has left.
func (l *lease) left(now time.Duration) time.Duration {
	left := l.deadline - now
	if !l.heard {
		left -= hop
	}
	return max(left, 0)
}
