package lease

import (
	"math"
	"time"
)

// Sweep ends leases whose time is over, unless the guard holds, and forgets goodbyes that are old enough. It is called about
// once a second. While none can be due it costs nothing; otherwise it looks at all there are, because the guard asks
// for those that are silent too.
func (t *Table) Sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if now < t.next && !t.guard.holding {
		return
	}
	due, silent := t.look(now)
	changed := t.guard.judge(t.live, silent, len(due), t.ended(now), now)
	var over []Key
	for _, l := range due {
		if t.guard.ends(l, now) {
			t.end(l, now, now)
			over = append(over, l.key)
		} else if t.late(l, true) {
			t.tell(l, now)
		}
	}
	if len(over) > 0 {
		t.params.Ended(over)
	}
	if changed {
		t.toldOfGuard()
	}
}

// look returns the leases whose time is over and how many are silent, and forgets goodbyes that are old. The caller holds mu.
func (t *Table) look(now time.Duration) (due []*lease, silent int) {
	t.next = math.MaxInt64
	for _, l := range t.leases {
		if l.gone() && now >= l.deadline {
			t.remove(l)
			continue
		}
		t.next = min(t.next, l.deadline)
		switch {
		case l.gone():
		case now >= l.deadline:
			due = append(due, l)
			silent++
		case l.silent(now):
			silent++
		}
	}
	return due, silent
}

// ended returns how many leases ended within the guard's window and are not back, and forgets those of long ago. Each key
// counts once: another node may tell of a lease that then ends once more. The caller holds mu.
func (t *Table) ended(now time.Duration) (n int) {
	for k, p := range t.past {
		if now >= p.until {
			delete(t.past, k)
			continue
		}
		t.next = min(t.next, p.until)
		if now-p.at < t.guard.window && t.find(k) == nil {
			n++
		}
	}
	return n
}

// end removes a lease, and remembers its count for as long as a goodbye, and when it ended. The caller holds mu.
func (t *Table) end(l *lease, at, now time.Duration) {
	before, known := t.past[l.key]
	if known || len(t.past) < 2*t.params.Max {
		t.past[l.key] = past{max(before.count, l.stamp.Count), at, now + l.ttl() + keptOn}
	}
	t.remove(l)
}

// Release ends all leases whose time is over, whatever the guard says, and returns how many: somebody knows that they are
// dead. The guard ends, and begins again if of those that are left too many fall silent.
func (t *Table) Release() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	due, _ := t.look(now)
	longAgo := now - t.guard.window // what somebody knows is no reason to hold
	for _, l := range due {
		t.end(l, longAgo, now)
	}
	if t.guard.holding {
		t.guard.holding = false
		t.toldOfGuard()
	}
	return len(due)
}

// Guard returns whether leases whose time is over are kept.
func (t *Table) Guard() GuardState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.guardState()
}

// toldOfGuard calls Told. The caller holds mu.
func (t *Table) toldOfGuard() {
	t.guard.since = time.Time{}
	if t.guard.holding {
		t.guard.since = t.params.Now().UTC().Round(0)
	}
	t.params.Told(t.guardState())
}

func (t *Table) guardState() GuardState {
	return GuardState{Holding: t.guard.holding, Since: t.guard.since, Overdue: t.overdue, Total: t.live}
}
