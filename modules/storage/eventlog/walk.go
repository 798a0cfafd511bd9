package eventlog

import (
	"context"
	"strings"

	"holon/transport/events"
)

// A walk reads events in pages, newest first. Each page asks once for the deliveries of its events, which reads the
// table of deliveries from end to end, so pages grow when the filter lets little of them through.
const (
	firstPage = 128
	lastPage  = 4096
)

const (
	// A subscriber is asked for among those that were there when the event was announced and among the replays. Of
	// those who have got it are left out the events that still have a delivery for each one who is asked for: a long
	// backlog would have the walk go through pages that come to nothing.
	selectPage = `SELECT id, topic, key, version, schema, time, trace, cause, subscribers FROM events
		WHERE ` + takesEvent + ` AND ($7 = '' OR instr(',' || subscribers || ',', ',' || $7 || ',')
			OR id IN (SELECT event FROM deliveries WHERE subscriber = $7))
		AND ($8 = '' OR (id, CASE $7 WHEN '' THEN 1 + length(subscribers) - length(replace(subscribers, ',', '')) ELSE 1 END)
			NOT IN (SELECT event, count(*) FROM deliveries WHERE replay = '' AND $7 IN ('', subscriber) GROUP BY event))
		ORDER BY id DESC LIMIT $9`
	selectOfPage = `SELECT d.event, d.subscriber, d.replay, ` + stateOf + `, d.attempts, d.due, d.reason
		FROM deliveries d WHERE d.event IN (SELECT value FROM json_each($1)) ORDER BY d.id`
)

// announced is an event of the log and the names of its subscribers.
type announced struct {
	events.Event
	subscribers string
}

// walk lists entries of whatever state.
func walk(ctx context.Context, q *statements, f events.Filter) (entries []events.Entry, err error) {
	for size := firstPage; ; size = min(2*size, lastPage) {
		page, err := all(ctx, q.selectPage, scanPage, filterArgs(f, size)...)
		if err != nil || len(page) == 0 {
			return entries, err
		}
		ids := make([]string, len(page))
		for i := range page {
			ids[i] = page[i].ID
		}
		open, err := all(ctx, q.selectOfPage, scanOpenEntry, list(ids))
		if err != nil {
			return nil, err
		}
		byEvent := make(map[string][]events.Entry, len(page))
		for _, e := range open {
			byEvent[e.Event.ID] = append(byEvent[e.Event.ID], e)
		}
		for i := range page {
			for _, e := range entriesOf(&page[i], byEvent[page[i].ID]) {
				if (f.Subscriber == "" || f.Subscriber == e.Subscriber) && (f.State == "" || f.State == e.State) {
					entries = append(entries, e)
				}
			}
			if len(entries) >= f.Limit {
				return entries, nil
			}
		}
		if len(page) < size {
			return entries, nil
		}
		f.Before = page[len(page)-1].ID
	}
}

// entriesOf puts together what is known of an event. open are its deliveries that are not done, replays last.
func entriesOf(p *announced, open []events.Entry) []events.Entry {
	var entries []events.Entry
	for name := range strings.SplitSeq(p.subscribers, ",") {
		if len(open) > 0 && open[0].Subscriber == name && open[0].Replay == "" {
			entries = append(entries, open[0])
			open = open[1:]
		} else {
			entries = append(entries, events.Entry{Subscriber: name, State: events.Delivered})
		}
	}
	entries = append(entries, open...)
	for i := range entries {
		entries[i].Event = p.Event
	}
	return entries
}

func scanPage(r row) (p announced, err error) {
	var at int64
	err = r.Scan(&p.ID, &p.Topic, &p.Key, &p.Version, &p.Schema, &at, &p.Trace, &p.Cause, &p.subscribers)
	p.Time = fromMicros(at)
	return p, err
}

// scanOpenEntry reads an entry of an event of which only the id is known.
func scanOpenEntry(r row) (e events.Entry, err error) {
	var due int64
	err = r.Scan(&e.Event.ID, &e.Subscriber, &e.Replay, &e.State, &e.Attempts, &due, &e.Reason)
	e.Due = orZero(due)
	return e, err
}
