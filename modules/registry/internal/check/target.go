package check

import (
	"time"

	"holon/modules/registry"
)

// Key names an instance.
type Key struct{ Service, ID string }

// target is an instance that is asked now and then.
type target struct {
	key Key
	// of is the stamp of the registration.
	of           registry.Stamp
	registration registry.Registration
	health       registry.Health
	// good and bad count answers in a row.
	good, bad int
	// due is when it is asked next; at is its place in the queue, -1 while it is being asked.
	due time.Time
	at  int
}

// found takes what a check found, and reports whether its health is another one now. The first good answer is enough for one
// that nobody had asked: it would get no requests until then, or get them in vain.
func (t *target) found(err error, now time.Time) bool {
	was := t.health
	if err == nil {
		t.good, t.bad = t.good+1, 0
		if t.health.Status == registry.Unknown || t.good >= t.registration.Check.Rise {
			t.health = registry.Health{Status: registry.Passing, Since: t.health.Since}
		}
	} else {
		t.good, t.bad = 0, t.bad+1
		if t.health.Status == registry.Failing || t.bad >= t.registration.Check.Fall {
			t.health = registry.Health{Status: registry.Failing, Reason: err.Error(), Since: t.health.Since}
		}
	}
	if t.health.Status != was.Status {
		t.health.Since = now.UTC().Round(0)
	}
	return t.health != was
}

func (t *target) every() time.Duration {
	return time.Duration(t.registration.Check.Every) * time.Second
}

// queue has targets in the order in which they are due, for container/heap.
type queue []*target

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i]; q[i].at, q[j].at = i, j }

// Push is of heap.Interface.
func (q *queue) Push(x any) {
	t := x.(*target)
	t.at = len(*q)
	*q = append(*q, t)
}

// Pop is of heap.Interface.
func (q *queue) Pop() any {
	old := *q
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	t.at = -1
	return t
}
