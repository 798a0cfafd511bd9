package lease

import (
	"time"

	"holon/modules/registry"
)

// Hear takes the heartbeats that came to another node, and returns those whose records are wanted here: of leases that are
// not known, or not that version of them. One of an older version says that somebody lives and that the other node has
// missed something, which it is told then; a goodbye of ours is among that.
func (t *Table) Hear(pulses []registry.Pulse) (wanted []registry.Pulse) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, p := range pulses {
		k := Key{p.Service, p.ID}
		if p.Left <= 0 || p.Stamp.Count == 0 || !validStamp(p.Stamp) {
			continue
		}
		l := t.leases[k]
		switch {
		case l == nil:
			if k.valid() {
				wanted = append(wanted, p)
			}
		case compareStamps(p.Stamp, l.stamp) > 0:
			wanted = append(wanted, p)
		case p.Stamp == l.stamp && !l.gone():
			t.hear(l, now+min(p.Left, l.ttl()), now)
		case compareStamps(p.Stamp, l.stamp) < 0:
			if !l.gone() {
				t.hear(l, now+min(p.Left, l.ttl()), now)
			}
			t.note(l, record)
		}
	}
	return wanted
}

// hear makes a lease last until then, if that is later. The caller holds mu.
func (t *Table) hear(l *lease, until, now time.Duration) {
	if until > l.deadline {
		t.extend(l, until, false, now)
	}
}
