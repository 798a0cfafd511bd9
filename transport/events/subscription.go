package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"holon/transport/contract"
)

// Handler is what a subscriber does about a topic.
type Handler struct {
	topic contract.TopicInfo
	// prepare may be nil.
	prepare, handle func(context.Context, *Event) error
}

// On has handle called once for every event of a topic, in one transaction with the inbox: ctx is that of the
// transaction, and what is written in it stays when handle returns nil. An error has the event tried again on the
// schedule; one of code Unavailable or StorageFull means not now, and does not count as an attempt. handle waits for
// nothing but its own statements: the module's writer waits for it, and nothing interrupts it.
func On[E any](t contract.Topic[E], handle func(ctx context.Context, e E) error) Handler {
	return Handler{topic: t.Info(), handle: typed(handle)}
}

// OnPrepared is On with a step before the transaction, for what must not happen inside one: asking another module, or
// work too long for it. prepare may run again for the same event, also after handle has, so it must be repeatable.
func OnPrepared[E any](t contract.Topic[E], prepare, handle func(ctx context.Context, e E) error) Handler {
	return Handler{topic: t.Info(), prepare: typed(prepare), handle: typed(handle)}
}

// typed decodes an event's payload. Unknown fields are ignored: the other side may be a release newer.
func typed[E any](fn func(context.Context, E) error) func(context.Context, *Event) error {
	return func(ctx context.Context, event *Event) error {
		var e E
		if err := json.Unmarshal(event.Data, &e); err != nil {
			return fmt.Errorf("%w: decode %s: %w", errHopeless, event.Topic, err)
		}
		return fn(ctx, e)
	}
}

// errHopeless is in the chain of a refusal that no repetition will change: the event is parked at once.
var errHopeless = errors.New("trying again is of no use")

// Subscription is a subscriber together with its handlers.
type Subscription struct {
	contract.Subscriber
	handlers []Handler
}

// Subscribe ties a subscriber to the handlers of its topics.
func Subscribe(s contract.Subscriber, handlers ...Handler) Subscription {
	return Subscription{Subscriber: s, handlers: handlers}
}
