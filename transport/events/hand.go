package events

import (
	"context"
	"errors"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// hand hands deliveries over in one Publish and settles each by its answer.
func (l *line) hand(ctx context.Context, batch []*item) {
	// An answer is waited for also when the relay stops: whatever is known then need not be asked again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.outbox.settings.Timeout+answerGrace)
	defer cancel()
	events, err := l.load(ctx, batch)
	if err != nil {
		l.outbox.log.ErrorContext(ctx, "events not read", "subscriber", l.name, "err", err)
		l.unreachable(batch)
		return
	}
	messages := make([]*message.Message, 0, len(batch))
	sent := batch[:0:0]
	for i, it := range batch {
		if events[i] == nil {
			l.settle(it, nil, &RefusedError{verdict: hopeless, reason: "the event is no longer in the log"})
			continue
		}
		m := toMessage(events[i], it.Replay)
		m.SetContext(ctx)
		messages, sent = append(messages, m), append(sent, it)
	}
	if len(sent) == 0 {
		return
	}
	err = l.publisher.Publish(l.name, messages...)
	partial, known := errors.AsType[*PartialError](err)
	if err != nil && !known {
		l.outbox.log.DebugContext(ctx, "subscriber not reached", "subscriber", l.name, "err", err)
		l.unreachable(sent)
		return
	}
	l.reached()
	at := 0
	for i, it := range batch {
		if events[i] == nil {
			continue
		}
		var failure error
		if known {
			failure = partial.Errs[at]
		}
		l.settle(it, events[i], failure)
		at++
	}
}

// load returns the events of a batch, reading those that are not at hand.
func (l *line) load(ctx context.Context, batch []*item) ([]*Event, error) {
	events := make([]*Event, len(batch))
	var missing []*Delivery
	var places []int
	for i, it := range batch {
		if events[i] = it.Event; it.Event == nil {
			d := Delivery{ID: it.ID, EventID: it.EventID}
			missing, places = append(missing, &d), append(places, i)
		}
	}
	if len(missing) == 0 {
		return events, nil
	}
	err := l.outbox.store.Load(ctx, missing)
	for i, d := range missing {
		events[places[i]] = d.Event
	}
	return events, err
}

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
	v := notNow
	if r, ok := errors.AsType[*RefusedError](failure); ok {
		v = r.verdict
	} else if errors.Is(failure, errNoAnswer) {
		v = refused
	}
	l.mu.Lock()
	attempts := it.Attempts + 1 // of which an operator may set the first part to zero
	l.mu.Unlock()
	switch {
	case v == notNow:
		l.metrics.postponed()
		l.later(it, func() time.Time {
			it.rests++
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

// unreachable puts back what could not be handed over: nobody has refused it. The line rests a while.
func (l *line) unreachable(batch []*item) {
	l.metrics.unreachable(len(batch))
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); !now.Before(l.until) {
		l.rest(now)
	}
	for _, it := range batch {
		l.lanes.later(it, l.until)
	}
}

func (l *line) reached() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rests = 0
}
