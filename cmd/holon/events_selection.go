package main

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holon/transport/events"
	"holon/transport/status"
)

// selection says which events or deliveries are meant, in the words of flags, queries and bodies alike. It takes what
// agrees with all of its fields; an empty field agrees with everything.
type selection struct {
	ID         string `json:"id,omitempty"`
	Topic      string `json:"topic,omitempty"`
	Key        string `json:"key,omitempty"`
	Subscriber string `json:"subscriber,omitempty"`
	State      string `json:"state,omitempty"`
	// Since and Until are what moment reads; Since is in, Until is out.
	Since string `json:"since,omitempty"`
	Until string `json:"until,omitempty"`
}

// fields are the selection's by name, to be filled in or read.
func (s *selection) fields() map[string]*string {
	return map[string]*string{
		"id": &s.ID, "topic": &s.Topic, "key": &s.Key, "subscriber": &s.Subscriber, "state": &s.State,
		"since": &s.Since, "until": &s.Until,
	}
}

// narrows reports whether the selection is less than everything.
func (s selection) narrows() bool { return s != selection{} }

// filter is the selection as the office takes it. Invalid when a time is none.
func (s selection) filter(now time.Time) (events.Filter, error) {
	f := events.Filter{ID: s.ID, Topic: s.Topic, Key: s.Key, Subscriber: s.Subscriber, State: events.State(s.State)}
	var err error
	if f.Since, err = moment(s.Since, now); err != nil {
		return f, status.New(status.Invalid, "", "since: %v", err)
	}
	if f.Until, err = moment(s.Until, now); err != nil {
		return f, status.New(status.Invalid, "", "until: %v", err)
	}
	return f, nil
}

// query is the selection as a query.
func (s selection) query() url.Values {
	q := make(url.Values)
	for name, value := range s.fields() {
		if *value != "" {
			q.Set(name, *value)
		}
	}
	return q
}

// readQuery fills in fields from a query and refuses what is none of them: a filter that is misspelt filters nothing.
func readQuery(q url.Values, fields map[string]*string) error {
	for name, values := range q {
		into, ok := fields[name]
		if !ok {
			return status.New(status.Invalid, "", "there is no parameter %q; there are %s", name,
				strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		if len(values) > 1 {
			return status.New(status.Invalid, "", "parameter %q is there %d times", name, len(values))
		}
		*into = values[0]
	}
	return nil
}

// readNumber reads a parameter that is a number between least and most, or not there.
func readNumber(name, text string, otherwise, least, most int) (int, error) {
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, status.New(status.Invalid, "", "%s must be a number from %d to %d, not %.64q", name, least, most, text)
	}
	return n, nil
}

// moment reads a point in time: RFC 3339, or how long before now, such as 90s, 2h or 3d. Without text it is zero.
func moment(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	ago, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		if n, err = strconv.ParseUint(days, 10, 16); err == nil {
			ago = time.Duration(n) * 24 * time.Hour
		}
	}
	if err != nil || ago < 0 {
		return time.Time{}, fmt.Errorf("%.64q is neither a time such as 2026-11-23T05:06:07Z nor how long ago, such as 90s, 2h or 3d", text)
	}
	return now.Add(-ago), nil
}
