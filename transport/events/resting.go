package events

import (
	"context"
	"time"
)

// probe takes a single delivery to find out whether the subscriber's side can take something, none while one is under
// way; n and m are as for take. The caller holds mu.
func (l *line) probe(now time.Time, n, m int) (fresh, tried []*item) {
	if l.rest.probe != nil {
		return l.lanes.take(now, 0, 0) // none, but what has become due no longer wakes the line
	}
	if fresh, _ = l.lanes.take(now, min(n, 1), 0); len(fresh) > 0 {
		l.rest.probe = fresh[0]
		return fresh, nil
	}
	if _, tried = l.lanes.take(now, 0, min(m, 1)); len(tried) > 0 {
		l.rest.probe = tried[0]
	}
	return nil, tried
}

// nothingNow reports whether the subscriber's side could take none of what was handed over, as far as its answers tell.
// A single event that others have gone past since it was first put off tells of nothing but itself.
func (l *line) nothingNow(sent []*item, failures []error) bool {
	if failures == nil {
		return false
	}
	for _, failure := range failures {
		if failure == nil || verdictOf(failure) != notNow {
			return false
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(sent) > 1 || l.rest.on() || sent[0].off.IsZero() || !l.took.After(sent[0].off)
}

// unreachable puts back what could not be handed over.
func (l *line) unreachable(ctx context.Context, batch []*item, why error) {
	l.metrics.unreachable(len(batch))
	l.putBack(ctx, batch, why)
}

// putBack puts back what nobody has refused, in its order and with no attempt counted. The line rests a while.
func (l *line) putBack(ctx context.Context, batch []*item, why error) {
	l.mu.Lock()
	now := time.Now()
	l.rest.more(now, brief(why.Error(), maxWhy))
	for _, it := range batch {
		it.putOff(now)
		l.lanes.later(it, l.rest.until)
	}
	long := l.rest.long()
	l.mu.Unlock()
	if long && l.away.again(why) {
		l.outbox.log.WarnContext(ctx, "subscriber takes nothing: its events wait", "subscriber", l.name, "err", why)
	}
}

// reached notes that the subscriber's side has taken something.
func (l *line) reached(ctx context.Context) {
	l.mu.Lock()
	now := time.Now()
	l.took = now
	l.rest.over(now)
	l.mu.Unlock()
	if lasted, tell := l.away.over(); tell {
		l.outbox.log.InfoContext(ctx, "subscriber takes events again", "subscriber", l.name, "after", lasted)
	}
}

// landed notes that a hand-over is over, whatever became of it.
func (l *line) landed(batch []*item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if batch[0] == l.rest.probe {
		l.rest.probe = nil
	}
}
