package eventlog_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

// model is what a log should hold, in the plainest form.
type model struct {
	events     []known // ascending by id
	deliveries []events.Entry
	ids        []int64 // of the deliveries
	last       int64
}

type known struct {
	events.Event
	subscribers []string
}

// names of subscribers are parts of each other, as badly as they can be.
var names = []string{"a.b", "a.bc", "za.b", "a.b_a.b"}

func TestLogAgainstModel(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), t.TempDir()
	log := newModule(t, "order", dir)
	require.NoError(t, log.db.Open(ctx))
	defer func() { require.NoError(t, log.db.Close(ctx)) }()
	rapid.Check(t, func(r *rapid.T) {
		m := empty(r, ctx, log)
		r.Repeat(map[string]func(*rapid.T){
			"append": func(r *rapid.T) { m.append(r, ctx, log) },
			"settle": func(r *rapid.T) { m.settle(r, ctx, log) },
			"retry":  func(r *rapid.T) { m.retry(r, ctx, log) },
			"drop":   func(r *rapid.T) { m.drop(r, ctx, log) },
			"replay": func(r *rapid.T) { m.replay(r, ctx, log) },
			"forget": func(r *rapid.T) { m.forget(r, ctx, log) },
			"reopen": func(r *rapid.T) {
				if rapid.IntRange(0, 3).Draw(r, "really") != 0 {
					return // it takes long
				}
				require.NoError(r, log.db.Close(ctx))
				log = newModule(r, "order", dir)
				require.NoError(r, log.db.Open(ctx))
				m.last = 0
				if len(m.ids) > 0 {
					m.last = slices.Max(m.ids)
				}
			},
			"": func(r *rapid.T) { m.compare(r, ctx, log) },
		})
	})
}

// empty removes all that an earlier run left, because opening a database for each takes long, and returns the model of
// that.
func empty(r *rapid.T, ctx context.Context, log module) *model {
	told := log.announce(r, ctx, order(created, 1), mailer)
	require.NoError(r, log.exec(ctx, `DELETE FROM deliveries`))
	require.NoError(r, log.exec(ctx, `DELETE FROM events`))
	return &model{last: told[0].ID}
}

func (m *model) append(r *rapid.T, ctx context.Context, log module) {
	undone := rapid.IntRange(0, 3).Draw(r, "undone") == 0
	var made []known
	var told []events.Delivery
	err := log.write(ctx, func(ctx context.Context) error {
		for range rapid.IntRange(1, 3).Draw(r, "events") {
			e := order(rapid.SampledFrom([]string{created, paid}).Draw(r, "topic"), rapid.IntRange(0, 2).Draw(r, "key"))
			e.Time = start.Add(time.Duration(rapid.IntRange(0, 9).Draw(r, "time")) * time.Second)
			to := slices.Sorted(maps.Keys(rapid.MapOfN(rapid.SampledFrom(names), rapid.Just(true), 0, 3).Draw(r, "subscribers")))
			if err := log.Append(ctx, e, to, func(ds []events.Delivery) { told = append(told, ds...) }); err != nil {
				return err
			}
			made = append(made, known{*e, to})
		}
		if undone {
			return errOwn
		}
		return nil
	})
	if undone {
		require.ErrorIs(r, err, errOwn)
		require.Empty(r, told)
	} else {
		require.NoError(r, err)
	}
	want := []int64(nil)
	for _, e := range made {
		if n := len(m.events); n > 0 {
			require.Greater(r, e.ID, m.events[n-1].ID)
		}
		if !undone {
			m.events = append(m.events, e)
		}
		for _, s := range e.subscribers {
			m.last++ // also of what was undone
			if !undone {
				want = append(want, m.last)
				m.add(e.Event, s, "")
			}
		}
	}
	require.Equal(r, want, ids(told))
}

// add adds a delivery with the id last.
func (m *model) add(e events.Event, subscriber, replay string) {
	e.Data = nil
	m.ids = append(m.ids, m.last)
	m.deliveries = append(m.deliveries, events.Entry{Event: e, Subscriber: subscriber, Replay: replay, State: events.Waiting})
}

// remove removes deliveries.
func (m *model) remove(ids ...int64) {
	for _, id := range ids {
		if i := slices.Index(m.ids, id); i >= 0 {
			m.ids, m.deliveries = slices.Delete(m.ids, i, i+1), slices.Delete(m.deliveries, i, i+1)
		}
	}
}

func (m *model) settle(r *rapid.T, ctx context.Context, log module) {
	states := []events.State{events.Delivered, events.Delivered, events.Retrying, events.Parked}
	chosen := rapid.SliceOfNDistinct(rapid.Int64Range(max(0, m.last-30), m.last+2), 0, 8, rapid.ID[int64]).Draw(r, "ids")
	var outcomes []events.Outcome
	for _, id := range chosen {
		o := events.Outcome{ID: id, State: rapid.SampledFrom(states).Draw(r, "state")}
		if o.State != events.Delivered {
			o.Attempts, o.Reason = rapid.IntRange(1, 6).Draw(r, "attempts"), "no"
		}
		if o.State == events.Retrying {
			o.Due = later
		}
		outcomes = append(outcomes, o)
		if i := slices.Index(m.ids, id); i >= 0 {
			d := &m.deliveries[i]
			d.State, d.Attempts, d.Due, d.Reason = o.State, o.Attempts, o.Due, o.Reason
		}
		if o.State == events.Delivered {
			m.remove(id)
		}
	}
	require.NoError(r, log.Settle(ctx, outcomes))
}

func (m *model) retry(r *rapid.T, ctx context.Context, log module) {
	f := m.filter(r)
	var want []int64
	for i := range m.deliveries {
		if d := &m.deliveries[i]; d.State != events.Waiting && takes(f, *d) {
			d.State, d.Attempts, d.Due, d.Reason = events.Waiting, 0, time.Time{}, ""
			want = append(want, m.ids[i])
		}
	}
	revived, err := log.Retry(ctx, f)
	require.NoError(r, err)
	require.Equal(r, want, ids(revived))
}

func (m *model) drop(r *rapid.T, ctx context.Context, log module) {
	f := m.filter(r)
	var want []int64
	for i, d := range m.deliveries {
		if takes(f, d) {
			want = append(want, m.ids[i])
		}
	}
	dropped, err := log.Drop(ctx, f)
	require.NoError(r, err)
	require.Equal(r, want, dropped)
	m.remove(want...)
}

func (m *model) replay(r *rapid.T, ctx context.Context, log module) {
	f := m.filter(r)
	subscriber := rapid.SampledFrom(append([]string{"later.on"}, names...)).Draw(r, "subscriber")
	topics := rapid.SampledFrom([][]string{{created}, {created, paid}, nil}).Draw(r, "topics")
	var want []int64
	for _, e := range m.events {
		only := f
		only.Subscriber, only.State = "", ""
		if slices.Contains(topics, e.Topic) && takes(only, events.Entry{Event: e.Event}) {
			m.last++
			want = append(want, m.last)
			m.add(e.Event, subscriber, "r")
		}
	}
	var told []events.Delivery
	n, err := log.Replay(ctx, subscriber, "r", topics, f, func(ds []events.Delivery) { told = append(told, ds...) })
	require.NoError(r, err)
	require.Len(r, want, n)
	require.Equal(r, want, ids(told))
}

func (m *model) forget(r *rapid.T, ctx context.Context, log module) {
	before := time.Now().Add(time.Duration(rapid.IntRange(-40, 10).Draw(r, "before")) * time.Millisecond)
	limit := rapid.IntRange(1, 5).Draw(r, "limit")
	var gone []string
	for _, e := range m.events {
		held := slices.ContainsFunc(m.deliveries, func(d events.Entry) bool { return d.Event.ID == e.ID })
		if e.ID < eventlog.Bound(before) && !held && len(gone) < limit {
			gone = append(gone, e.ID)
		}
	}
	n, err := log.Forget(ctx, before, limit)
	require.NoError(r, err)
	require.Len(r, gone, n)
	m.events = slices.DeleteFunc(m.events, func(e known) bool { return slices.Contains(gone, e.ID) })
}

// filter draws one that often takes something.
func (m *model) filter(r *rapid.T) (f events.Filter) {
	at := func(name string) time.Time {
		return start.Add(time.Duration(rapid.IntRange(0, 10).Draw(r, name)) * time.Second)
	}
	for _, field := range rapid.SliceOfN(rapid.IntRange(0, 6), 0, 2).Draw(r, "fields") {
		switch field {
		case 0:
			f.Topic = rapid.SampledFrom([]string{created, paid}).Draw(r, "topic")
		case 1:
			f.Key = fmt.Sprint("order-", rapid.IntRange(0, 2).Draw(r, "key"))
		case 2:
			f.Subscriber = rapid.SampledFrom(append([]string{"later.on"}, names...)).Draw(r, "subscriber")
		case 3:
			f.State = rapid.SampledFrom(events.States()).Draw(r, "state")
		case 4:
			f.Since = at("since")
		case 5:
			f.Until = at("until")
		case 6:
			if len(m.events) > 0 {
				f.ID = rapid.SampledFrom(m.events).Draw(r, "id").ID
			}
		}
	}
	return f
}

// takes is what a filter means.
func takes(f events.Filter, e events.Entry) bool {
	v := e.Event
	return (f.ID == "" || f.ID == v.ID) && (f.Topic == "" || f.Topic == v.Topic) && (f.Key == "" || f.Key == v.Key) &&
		(f.Subscriber == "" || f.Subscriber == e.Subscriber) && (f.State == "" || f.State == e.State) &&
		(f.Since.IsZero() || !v.Time.Before(f.Since)) && (f.Until.IsZero() || v.Time.Before(f.Until))
}

// entries are all there are, newest event first.
func (m *model) entries() (all []events.Entry) {
	for _, e := range slices.Backward(m.events) {
		var first, replays []events.Entry
		for _, d := range m.deliveries {
			if d.Event.ID == e.ID && d.Replay == "" {
				first = append(first, d)
			} else if d.Event.ID == e.ID {
				replays = append(replays, d)
			}
		}
		for _, s := range e.subscribers {
			if !slices.ContainsFunc(first, func(d events.Entry) bool { return d.Subscriber == s }) {
				first = append(first, events.Entry{Event: e.Event, Subscriber: s, State: events.Delivered})
			}
		}
		if len(e.subscribers) == 0 {
			first = append(first, events.Entry{Event: e.Event, State: events.Delivered})
		}
		slices.SortFunc(first, func(a, b events.Entry) int { return cmp.Compare(a.Subscriber, b.Subscriber) })
		all = append(all, append(first, replays...)...)
	}
	for i := range all {
		all[i].Event.Data = nil
	}
	return all
}

func (m *model) compare(r *rapid.T, ctx context.Context, log module) {
	m.compareOpen(r, ctx, log)
	f := m.filter(r)
	want := slices.DeleteFunc(m.entries(), func(e events.Entry) bool { return !takes(f, e) })
	got := log.list(r, ctx, f)
	require.Equal(r, brief(want), brief(got), "%+v", f)
	require.Equal(r, append([]events.Entry{}, want...), append([]events.Entry{}, got...))

	var paged []events.Entry
	for f.Limit = rapid.IntRange(1, 5).Draw(r, "limit"); ; f.Before = paged[len(paged)-1].Event.ID {
		page := log.list(r, ctx, f)
		if len(page) == 0 {
			break
		}
		last := page[len(page)-1].Event.ID
		if over := len(page) - f.Limit; over > 0 {
			require.Equal(r, last, page[f.Limit-1].Event.ID, "only an event's entries go over the limit")
		}
		paged = append(paged, page...)
	}
	require.Equal(r, brief(want), brief(paged))
}

func (m *model) compareOpen(r *rapid.T, ctx context.Context, log module) {
	var open []string
	backlog := map[string]events.Backlog{}
	for i, d := range m.deliveries {
		b := backlog[d.Subscriber]
		b.Subscriber = d.Subscriber
		if d.State == events.Parked {
			b.Parked++
		} else {
			b.Open++
			if d.Replay != "" {
				b.Replays++
			}
			open = append(open, strings.Join([]string{fmt.Sprint(m.ids[i]), d.Event.ID, d.Subscriber, d.Replay, d.Event.Key, fmt.Sprint(d.Attempts), d.Due.String()}, " "))
		}
		backlog[d.Subscriber] = b
	}
	var got []string
	for _, d := range log.open(r, ctx) {
		got = append(got, strings.Join([]string{fmt.Sprint(d.ID), d.EventID, d.Subscriber, d.Replay, d.Key, fmt.Sprint(d.Attempts), d.Due.String()}, " "))
	}
	require.Equal(r, open, got)

	// The oldest is told by the id, which is not always that with the least time here.
	for name, b := range backlog {
		for _, e := range m.events {
			if slices.ContainsFunc(m.deliveries, func(d events.Entry) bool {
				return d.Event.ID == e.ID && d.Subscriber == name && d.State != events.Parked && d.Replay == ""
			}) {
				b.Oldest = e.Time
				backlog[name] = b
				break
			}
		}
	}
	counted, err := log.Backlog(ctx)
	require.NoError(r, err)
	require.Len(r, counted, len(backlog))
	for _, b := range counted {
		require.Equal(r, backlog[b.Subscriber], b)
	}
}
