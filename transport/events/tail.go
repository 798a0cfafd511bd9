package events

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holon/transport/status"
)

// Tail returns events that were committed after a cursor, oldest first, and the cursor for the next call. With an empty
// cursor it returns the latest event of each log. When there are none it waits for one, for as long as wait and ctx
// allow.
func (o *Office) Tail(ctx context.Context, cursor string, limit int, wait time.Duration) ([]Event, string, error) {
	after, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		told := o.tell.wait() // before looking, so that nothing is missed in between
		out, err := o.since(ctx, after, limit)
		if err != nil || len(out) > 0 {
			return out, writeCursor(after), err
		}
		select {
		case <-told:
		case <-waiting.Done():
			return nil, writeCursor(after), nil
		}
	}
}

// since reads what each log has after its place, and moves the places on.
func (o *Office) since(ctx context.Context, after map[string]string, limit int) ([]Event, error) {
	var out []Event
	for _, box := range o.outboxes {
		events, err := box.store.Tail(ctx, after[box.module], limit)
		if err != nil {
			return nil, fmt.Errorf("follow events of %s: %w", box.module, err)
		}
		switch {
		case len(events) > 0:
			after[box.module] = events[len(events)-1].ID
		case after[box.module] == "":
			after[box.module] = start
		}
		out = append(out, events...)
	}
	slices.SortStableFunc(out, func(a, b Event) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// start stands in a cursor for a log that was empty: below every id.
const start = "0"

// readCursor reads where each log was left: "order=<event id>,user=<event id>".
func readCursor(s string) (map[string]string, error) {
	out := make(map[string]string)
	if s == "" {
		return out, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		module, id, ok := strings.Cut(part, "=")
		if !ok || module == "" || id == "" {
			return nil, status.New(status.Invalid, "", "not a cursor of this list: %.64q", s)
		}
		out[module] = id
	}
	return out, nil
}

func writeCursor(after map[string]string) string {
	parts := make([]string, 0, len(after))
	for module, id := range after {
		parts = append(parts, module+"="+id)
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}
