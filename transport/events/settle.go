package events

import (
	"errors"
	"time"
)

// settle decides what becomes of a delivery.
func (l *line) settle(it *item, e *Event, failure error) {
	now := time.Now()
	o := l.outbox
	if failure == nil {
		l.metrics.delivered(now.Sub(e.Time), it.Replay != "")
		o.marks.add(Outcome{ID: it.ID, State: Delivered})
		l.done(it)
		return
	}
	v := verdictOf(failure)
	l.mu.Lock()
	attempts := it.Attempts + 1 // of which an operator may set the first part to zero
	l.mu.Unlock()
	switch {
	case v == notNow:
		l.metrics.postponed(1)
		l.later(it, func() time.Time {
			it.rests++
			it.off = now
			return now.Add(jitter(min(pause<<min(it.rests, 10), longPause)))
		})
	case v == hopeless || attempts > len(o.settings.Retry):
		l.metrics.parked()
		o.log.Error("event parked", "subscriber", l.name, "event", it.EventID, "key", it.Key, "attempts", attempts,
			"err", failure, "hint", "holon events retry --id "+it.EventID)
		o.marks.add(Outcome{ID: it.ID, State: Parked, Attempts: attempts, Reason: failure.Error()})
		l.done(it)
	default:
		l.metrics.retried()
		due := now.Add(jitter(o.settings.Retry[attempts-1]))
		o.marks.add(Outcome{ID: it.ID, State: Retrying, Attempts: attempts, Reason: failure.Error(), Due: due})
		l.later(it, func() time.Time {
			it.Attempts = attempts
			return due
		})
	}
}

// verdictOf finds what a failed hand-over means. An answer that was lost on its way is no refusal.
func verdictOf(failure error) verdict {
	if r, ok := errors.AsType[*RefusedError](failure); ok {
		return r.verdict
	}
	if errors.Is(failure, errNoAnswer) {
		return refused
	}
	return notNow
}

func (l *line) done(it *item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lanes.done(it)
}

// later puts an item back; due is asked under the lock that guards the item.
func (l *line) later(it *item, due func() time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lanes.later(it, due())
}
