package events

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/ThreeDotsLabs/watermill/message"
)

// hand hands deliveries over in one Publish and settles each by its answer.
func (l *line) hand(ctx context.Context, batch []*item) {
	defer l.landed(batch)
	// An answer is waited for also when the relay stops: whatever is known then need not be asked again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.outbox.settings.Timeout+answerGrace)
	defer cancel()
	events, err := l.load(ctx, batch)
	if err != nil {
		if l.unloaded.again(err) {
			l.outbox.log.ErrorContext(ctx, "events not read", "subscriber", l.name, "err", err)
		}
		l.unreachable(ctx, batch, fmt.Errorf("events not read: %w", err))
		return
	}
	if lasted, tell := l.unloaded.over(); tell {
		l.outbox.log.InfoContext(ctx, "events are read again", "subscriber", l.name, "after", lasted)
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
	failures, err := l.publish(ctx, messages)
	switch {
	case err != nil:
		l.outbox.log.DebugContext(ctx, "subscriber not reached", "subscriber", l.name, "err", err)
		l.unreachable(ctx, sent, err)
		return
	case !tookNone(failures):
		l.reached(ctx)
	case l.nothingNow(sent):
		l.metrics.postponed(len(sent))
		l.putBack(ctx, sent, failures[0])
		return
	}
	at := 0
	for i, it := range batch {
		if events[i] == nil {
			continue
		}
		var failure error
		if failures != nil {
			failure = failures[at]
		}
		l.settle(it, events[i], failure)
		at++
	}
}

// errFaulty is in the chain of what is known of a Publish by a Publisher that breaks its promise.
var errFaulty = errors.New("the publisher is faulty")

// publish hands messages over and returns what became of each, nil when all went well, or an error when nobody has
// them. The Publisher may be anybody's: one that panics or answers for too few has reached nobody, as far as is known.
func (l *line) publish(ctx context.Context, messages []*message.Message) (failures []error, err error) {
	defer func() {
		if r := recover(); r != nil {
			failures, err = nil, fmt.Errorf("%w: panic: %v\n%s", errFaulty, r, debug.Stack())
		}
		if errors.Is(err, errFaulty) {
			if l.faulty.again(err) {
				l.outbox.log.ErrorContext(ctx, "publisher broke its promise", "subscriber", l.name, "err", err)
			}
		} else if lasted, tell := l.faulty.over(); tell {
			l.outbox.log.InfoContext(ctx, "publisher keeps its promise again", "subscriber", l.name, "after", lasted)
		}
	}()
	err = l.publisher.Publish(l.name, messages...)
	partial, known := errors.AsType[*PartialError](err)
	switch {
	case !known:
		return nil, err
	case len(partial.Errs) != len(messages):
		return nil, fmt.Errorf("%w: %d answers to %d messages", errFaulty, len(partial.Errs), len(messages))
	default:
		return partial.Errs, nil
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
