package events

import (
	"context"
	"time"
)

// A line rests while its subscriber's side can take nothing: its disk is full, its module is away. Every event would be
// refused by itself, at the price of an undone transaction each. So nothing is handed over but a probe from time to time,
// and when anything of it is taken the line goes on at full width.

// probe takes what is to find out whether the subscriber's side can take something, nothing while that is under way; n and
// m are as for take. The caller holds mu.
//
// At first a single event asks. It may be one that would be refused on the best of days, and so may the next. When the
// rest gets long, a whole batch asks, and eight of those that were refused before, each time others than the last: so an
// event that is new is asked about at the next probe, whatever waits before it, and the price of a probe is some tens of
// undone transactions every ten seconds.
func (l *line) probe(now time.Time, n, m int) (fresh, tried []*item) {
	if l.probes > 0 {
		return l.lanes.take(now, 0, 0) // none, but what has become due no longer wakes the line
	}
	if l.rest.long() {
		fresh, tried = l.lanes.take(now, n, m)
	} else if fresh, _ = l.lanes.take(now, min(n, 1), 0); len(fresh) == 0 {
		_, tried = l.lanes.take(now, 0, min(m, 1))
	}
	if len(fresh) > 0 {
		fresh[0].probe = true
		l.probes++
	}
	for _, it := range tried { // each goes alone
		it.probe = true
		l.probes++
	}
	return fresh, tried
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
		it.off = now
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
	if batch[0].probe {
		batch[0].probe = false
		l.probes--
	}
}

// endIdle ends the rest of a line that has nothing left to find out with whether it is over, as when an operator has
// dropped what waited. Nobody is told: nothing was taken. The caller holds mu.
func (l *line) endIdle(now time.Time) {
	if l.rest.on() && l.lanes.size == 0 && !l.behind {
		l.rest.over(now)
		l.away.over()
	}
}
