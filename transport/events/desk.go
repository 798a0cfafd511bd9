package events

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Retry makes refused deliveries due at once, as if they had never been refused.
func (o *Outbox) Retry(ctx context.Context, f Filter) (int, error) {
	deliveries, err := o.store.Retry(ctx, f)
	for _, l := range o.lines {
		if f.Subscriber == "" || f.Subscriber == l.name {
			l.revive(deliveries)
		}
	}
	return len(deliveries), o.changed(ctx, "retry", err)
}

// Drop removes deliveries that are not done, for good.
func (o *Outbox) Drop(ctx context.Context, f Filter) (int, error) {
	ids, err := o.store.Drop(ctx, f)
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	for _, l := range o.lines {
		l.remove(gone)
	}
	return len(ids), o.changed(ctx, "drop", err)
}

// Replay makes new deliveries to one subscriber out of the log.
func (o *Outbox) Replay(ctx context.Context, subscriber, replay string, f Filter) (int, error) {
	var topics []string
	for _, name := range slices.Sorted(maps.Keys(o.topics)) {
		if slices.Contains(o.topics[name].subscribers, subscriber) && (f.Topic == "" || f.Topic == name) {
			topics = append(topics, name)
		}
	}
	if len(topics) == 0 {
		return 0, nil
	}
	if err := o.admit(); err != nil {
		return 0, err
	}
	n, err := o.store.Replay(ctx, subscriber, replay, topics, f, o.deliver)
	return n, o.changed(ctx, "replay", err)
}

// changed counts the backlog anew after an operator's hand was in it.
func (o *Outbox) changed(ctx context.Context, what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s events of %s: %w", what, o.module, err)
	}
	return o.count(ctx)
}

// revive makes deliveries due that an operator wants tried again. Those that are not in the lanes, as dead letters are
// not, the line goes back for and reads. The operator has reason to believe that they can be taken: pauses are over.
func (l *line) revive(deliveries []Delivery) {
	asked := make(map[int64]bool, len(deliveries))
	for _, d := range deliveries {
		if d.Subscriber == l.name {
			asked[d.ID] = true
		}
	}
	l.mu.Lock()
	l.changes++
	here := l.lanes.revive(asked)
	l.reads.until = time.Time{}
	if l.rest.on() {
		l.rest.until = time.Time{}
		l.lanes.hurry()
	}
	for id := range asked {
		if !here[id] {
			l.cursor, l.behind, l.known = min(l.cursor, id-1), true, here
		}
	}
	l.mu.Unlock()
	l.nudge()
}

func (l *line) remove(ids map[int64]bool) {
	l.mu.Lock()
	l.changes++
	l.lanes.remove(ids)
	l.mu.Unlock()
	l.nudge()
}
