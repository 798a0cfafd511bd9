package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
)

// Announce adds a fact to the transaction that ctx belongs to: it will be delivered exactly when the transaction is
// kept. Outside a transaction it is refused, and so are topics that are not the module's own. Unavailable
// "event_backlog_full" and StorageFull refuse what would fill the disk; handlers of events are not refused, because
// what they announce is how a backlog goes down.
func (o *Outbox) Announce(ctx context.Context, f contract.Fact) error {
	t := o.topics[f.Topic]
	switch {
	case !contract.InTransaction(ctx):
		return fmt.Errorf("announce %s: not inside a transaction: use the context that the write function was given", f.Topic)
	case t == nil:
		return fmt.Errorf("announce %q: module %s has no such topic", f.Topic, o.module)
	case f.Key == "":
		return fmt.Errorf("announce %s: the event has no key", f.Topic)
	}
	cause := contract.CauseOf(ctx)
	if cause == "" {
		if err := o.admit(); err != nil {
			return err
		}
	}
	data, err := json.Marshal(f.Event)
	if err != nil {
		return fmt.Errorf("encode %s: %w", f.Topic, err)
	}
	if len(data) > maxData {
		return fmt.Errorf("announce %s: %w: %d bytes", f.Topic, errTooLarge, len(data))
	}
	e := &Event{
		Topic: f.Topic, Key: f.Key, Version: f.Version, Schema: f.Schema, Time: time.Now().UTC().Truncate(time.Microsecond),
		Trace: traceparent(trace.SpanContextFromContext(ctx)), Cause: cause, Data: data,
	}
	return o.store.Append(ctx, e, t.subscribers, t.committed)
}

var errTooLarge = errors.New("the event is larger than 256 KiB")
