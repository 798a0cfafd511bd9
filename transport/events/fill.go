package events

import (
	"context"
	"time"
)

// fillBatch is how many deliveries are read at once.
const fillBatch = 1024

// fill reads deliveries from the log as long as the line is behind and has room.
func (l *line) fill(ctx context.Context) {
	for {
		l.mu.Lock()
		if !l.behind || l.lanes.size > l.lanes.limit/2 || ctx.Err() != nil || l.reads.left(time.Now()) > 0 {
			l.mu.Unlock()
			return
		}
		after, told, changes := l.cursor, l.latest, l.changes
		l.mu.Unlock()
		// Whatever the line was told of before was committed before this reads.
		open, err := l.read(ctx, after)
		if err != nil {
			return
		}
		l.mu.Lock()
		if l.changes != changes {
			l.mu.Unlock()
			continue
		}
		all := len(open) < fillBatch
		for _, d := range open {
			if d.Subscriber == l.name && !l.known[d.ID] {
				if l.lanes.full() {
					all = false
					break
				}
				d.Due = l.outbox.dueFromNow(d.Due)
				l.lanes.add(d)
			}
			l.cursor = d.ID
		}
		if all {
			l.cursor = max(l.cursor, told)
			if l.behind = l.latest != told; !l.behind {
				l.known = nil
			}
		}
		l.mu.Unlock()
	}
}

// read reads open deliveries above an id, those of other lines among them. When that fails there is a pause.
func (l *line) read(ctx context.Context, after int64) ([]Delivery, error) {
	open, err := l.outbox.store.Open(ctx, after, fillBatch)
	l.mu.Lock()
	if err != nil {
		l.reads.more(time.Now(), brief("deliveries not read: "+err.Error(), maxWhy))
	} else {
		l.reads.over(time.Now())
	}
	l.mu.Unlock()
	if err != nil {
		if ctx.Err() == nil && l.unread.again(err) {
			l.outbox.log.Error("deliveries not read", "subscriber", l.name, "err", err)
		}
		return nil, err
	}
	if lasted, tell := l.unread.over(); tell {
		l.outbox.log.Info("deliveries are read again", "subscriber", l.name, "after", lasted)
	}
	return open, nil
}

// dueFromNow turns a time that was written down into one that the clock can be set without moving. When it was written
// the clock may have been ahead: no pause is longer than the longest.
func (o *Outbox) dueFromNow(due time.Time) time.Time {
	if due.IsZero() {
		return due
	}
	now := time.Now()
	return now.Add(min(due.Sub(now), o.longest()))
}

// longest is the longest pause before another attempt, jitter and all.
func (o *Outbox) longest() time.Duration {
	longest := longPause
	for _, pause := range o.settings.Retry {
		longest = max(longest, pause)
	}
	return longest * 6 / 5
}
