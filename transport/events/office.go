package events

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"holon/transport/contract"
	"holon/transport/status"
)

// Office is the desk of a whole node: every log that is on it.
type Office struct {
	outboxes    []*Outbox
	subscribers []contract.Subscriber
	tell        signal
}

// NewOffice returns the desk of these outboxes, which are not started yet. Subscribers are those of every module of the binary.
func NewOffice(outboxes []*Outbox, subscribers []contract.Subscriber) *Office {
	outboxes = slices.Clone(outboxes)
	slices.SortFunc(outboxes, func(a, b *Outbox) int { return strings.Compare(a.module, b.module) })
	office := &Office{outboxes: outboxes, subscribers: subscribers, tell: newSignal()}
	for _, box := range outboxes {
		box.tell = office.tell
	}
	return office
}

// ModuleBacklog is what one module's subscribers have yet to get.
type ModuleBacklog struct {
	Module string
	Backlog
}

// Backlog counts what is not done, by module and subscriber.
func (o *Office) Backlog(ctx context.Context) ([]ModuleBacklog, error) {
	var out []ModuleBacklog
	for _, box := range o.outboxes {
		backlog, err := box.Backlog(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range backlog {
			out = append(out, ModuleBacklog{Module: box.module, Backlog: b})
		}
	}
	return out, nil
}

// List returns entries that the filter takes, newest event first, at least one page of f.Limit where there is so much.
func (o *Office) List(ctx context.Context, f Filter) ([]Entry, error) {
	if err := o.check(ctx, f); err != nil {
		return nil, err
	}
	var all []Entry
	for _, box := range o.outboxes {
		entries, err := box.store.List(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("list events of %s: %w", box.module, err)
		}
		all = append(all, entries...)
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return strings.Compare(b.Event.ID, a.Event.ID) })
	if f.Limit <= 0 || len(all) <= f.Limit {
		return all, nil
	}
	cut := f.Limit
	for cut < len(all) && all[cut].Event.ID == all[cut-1].Event.ID {
		cut++ // an event is listed whole, so that the next page begins with another
	}
	return all[:cut], nil
}

// Event returns an event with its payload and its entries. NotFound when no log of this node has it.
func (o *Office) Event(ctx context.Context, id string) (*Event, []Entry, error) {
	for _, box := range o.outboxes {
		e, err := box.store.Event(ctx, id)
		if err != nil {
			return nil, nil, fmt.Errorf("read event %s of %s: %w", id, box.module, err)
		}
		if e == nil {
			continue
		}
		entries, err := box.store.List(ctx, Filter{ID: id})
		if err != nil {
			return nil, nil, fmt.Errorf("list deliveries of event %s: %w", id, err)
		}
		return e, entries, nil
	}
	return nil, nil, status.New(status.NotFound, "event_not_found", "no log of this node has event %q", id).
		With(status.DetailHint, "holon events ls shows what there is; delivered events are kept for delivery.keep")
}

// Retry makes refused deliveries due at once and returns how many.
func (o *Office) Retry(ctx context.Context, f Filter) (int, error) {
	return o.each(ctx, f, func(box *Outbox) (int, error) { return box.Retry(ctx, f) })
}

// Drop removes deliveries that are not done, for good, and returns how many.
func (o *Office) Drop(ctx context.Context, f Filter) (int, error) {
	return o.each(ctx, f, func(box *Outbox) (int, error) { return box.Drop(ctx, f) })
}

// Replay makes new deliveries to the filter's subscriber out of the logs, under one replay id, and returns both how many
// and the id. Invalid when no subscriber is named, Conflict "replay_forbidden" when its handlers forbid it.
func (o *Office) Replay(ctx context.Context, f Filter) (n int, replay string, err error) {
	at := slices.IndexFunc(o.subscribers, func(s contract.Subscriber) bool { return s.Name == f.Subscriber })
	switch {
	case f.Subscriber == "":
		return 0, "", status.New(status.Invalid, "", "a replay is for one subscriber, and none is named")
	case at < 0:
		return 0, "", o.unknownSubscriber(f.Subscriber)
	case !o.subscribers[at].Replayable:
		return 0, "", status.New(status.Conflict, "replay_forbidden",
			"subscriber %s forbids replays: what it does would happen again", f.Subscriber)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return 0, "", fmt.Errorf("make a replay id: %w", err)
	}
	if f.Topic != "" && !slices.ContainsFunc(o.subscribers[at].Topics, func(t contract.AnyTopic) bool { return t.Info().Name == f.Topic }) {
		return 0, "", status.New(status.Invalid, "", "subscriber %s does not listen to topic %s", f.Subscriber, f.Topic)
	}
	n, err = o.each(ctx, f, func(box *Outbox) (int, error) { return box.Replay(ctx, f.Subscriber, id.String(), f) })
	return n, id.String(), err
}

func (o *Office) each(ctx context.Context, f Filter, do func(*Outbox) (int, error)) (int, error) {
	if err := o.check(ctx, f); err != nil {
		return 0, err
	}
	total := 0
	for _, box := range o.outboxes {
		n, err := do(box)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// check refuses a filter that can match nothing because a name in it is misspelt. A subscriber that the binary does not
// have any more is let through while deliveries wait for it.
func (o *Office) check(ctx context.Context, f Filter) error {
	if f.State != "" && !slices.Contains(States(), f.State) {
		return status.New(status.Invalid, "", "state must be waiting, retrying, parked or delivered, not %q", f.State)
	}
	if f.Subscriber != "" && !o.has(f.Subscriber) {
		backlog, err := o.Backlog(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(backlog, func(b ModuleBacklog) bool { return b.Subscriber == f.Subscriber }) {
			return o.unknownSubscriber(f.Subscriber)
		}
	}
	if f.Topic == "" {
		return nil
	}
	var topics []string
	for _, box := range o.outboxes {
		for name := range box.topics {
			topics = append(topics, name)
		}
	}
	slices.Sort(topics)
	if !slices.Contains(topics, f.Topic) {
		return status.New(status.Invalid, "", "no module of this node announces topic %q; the topics are %s", f.Topic,
			strings.Join(topics, ", "))
	}
	return nil
}

func (o *Office) has(subscriber string) bool {
	return slices.ContainsFunc(o.subscribers, func(s contract.Subscriber) bool { return s.Name == subscriber })
}

func (o *Office) unknownSubscriber(name string) error {
	var names []string
	for _, s := range o.subscribers {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	return status.New(status.Invalid, "", "there is no subscriber %q; the subscribers are %s", name, strings.Join(names, ", "))
}
