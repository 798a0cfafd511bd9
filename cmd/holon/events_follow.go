package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"holon/transport/events"
	"holon/transport/status"
)

// What following costs at the most.
const (
	// maxWait is how long a request may wait for the next event, and glance how soon it sees that the node stops.
	maxWait = 25 * time.Second
	glance  = 250 * time.Millisecond
	// tailBatch is how many events of each module are told at once, maxLast how many of the past.
	tailBatch = 16
	maxLast   = 200
)

// tail tells what has happened since the cursor, and waits for it when nothing has. Without a cursor it tells the last
// events and where they end.
func (d *eventDesk) tail(r *http.Request) (any, error) {
	var f events.Filter
	var cursor, wait, last string
	err := readQuery(r.URL.Query(), map[string]*string{
		"topic": &f.Topic, "key": &f.Key, "cursor": &cursor, "wait": &wait, "last": &last,
	})
	if err != nil {
		return nil, err
	}
	patience, err := readWait(wait)
	if err != nil {
		return nil, err
	}
	f.Limit, err = readNumber("last", last, 0, 0, maxLast)
	if err != nil {
		return nil, err
	}
	out := eventTail{Items: []announcement{}}
	full := d.trusts(r)
	if !full {
		out.DataWithheld = withheld
	}
	var found []events.Event
	if cursor == "" {
		found, out.Cursor, err = d.past(r.Context(), f, full)
	} else {
		found, out.Cursor, err = d.next(r.Context(), f, cursor, patience)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range found {
		told := announcement{Event: e}
		if full {
			told.Data = e.Data
		}
		out.Items = append(out.Items, told)
	}
	return out, nil
}

func readWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, status.New(status.Invalid, "", "wait must be a duration such as 10s, not %.64q", text)
	}
	return min(d, maxWait), nil
}

// next returns events after the cursor that the filter's topic and key take, when there are some or the time is up.
func (d *eventDesk) next(ctx context.Context, f events.Filter, cursor string, patience time.Duration) ([]events.Event, string, error) {
	for until := time.Now().Add(patience); ; {
		if !d.open() {
			return nil, "", status.New(status.Unavailable, "node_not_ready", "the node is starting or stopping")
		}
		left := time.Until(until)
		found, after, err := d.office.Tail(ctx, cursor, tailBatch, max(0, min(left, glance)))
		if err != nil {
			return nil, "", err
		}
		found = slices.DeleteFunc(found, func(e events.Event) bool {
			return f.Topic != "" && e.Topic != f.Topic || f.Key != "" && e.Key != f.Key
		})
		if cursor = after; len(found) > 0 || left <= 0 || ctx.Err() != nil {
			return found, cursor, nil
		}
	}
}

// past returns the last f.Limit events that f takes, oldest first, and the cursor behind them.
func (d *eventDesk) past(ctx context.Context, f events.Filter, full bool) ([]events.Event, string, error) {
	newest, cursor, err := d.office.Tail(ctx, "", 1, 0)
	if err != nil {
		return nil, "", err
	}
	end := make(map[string]string) // by module; what is later comes with the cursor
	for _, e := range newest {
		end[e.Module()] = e.ID
	}
	var found []events.Event
	want := f.Limit
	for f.Limit = max(want, 1); ; { // at least one is asked for, so that a topic that does not exist is refused
		entries, err := d.office.List(ctx, f)
		if err != nil {
			return nil, "", err
		}
		for _, e := range entries {
			known := len(found) > 0 && found[len(found)-1].ID == e.Event.ID
			if len(found) < want && !known && e.Event.ID <= end[e.Event.Module()] {
				found = append(found, e.Event)
			}
		}
		if len(found) == want || len(entries) < f.Limit {
			break
		}
		f.Before = entries[len(entries)-1].Event.ID
	}
	slices.Reverse(found)
	for i := range found {
		if !full {
			break
		}
		e, _, err := d.office.Event(ctx, found[i].ID)
		if err != nil {
			return nil, "", err
		}
		found[i] = *e
	}
	return found, cursor, nil
}
