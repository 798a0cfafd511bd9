package eventlog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// brief is what the tests look at of entries: "<key> <subscriber> <state>", with the replay if there is one.
func brief(entries []events.Entry) (out []string) {
	for _, e := range entries {
		line := fmt.Sprintf("%s %s %s", e.Event.Key, e.Subscriber, e.State)
		if e.Replay != "" {
			line += " " + e.Replay
		}
		out = append(out, line)
	}
	return out
}

// listed is a log with something of everything. It returns the events' ids.
func listed(t *testing.T) (module, []string) {
	m := openModule(t, t.TempDir())
	var all []string
	for n, subscribers := range [][]string{{mailer, counter}, {counter}, nil, {mailer, counter}} {
		e := order(created, n)
		if n == 1 {
			e.Topic = paid
		}
		e.Time = noonOf(t, n)
		m.announce(t, t.Context(), e, subscribers...)
		all = append(all, e.ID)
	}
	m.settle(t, t.Context(), events.Delivered, 1, 3)
	m.settle(t, t.Context(), events.Parked, 2)
	m.settle(t, t.Context(), events.Retrying, 4)
	_, err := m.Replay(t.Context(), "stats.days", "r1", []string{created}, events.Filter{ID: all[0]}, ignore)
	require.NoError(t, err)
	return m, all
}

// noonOf is n seconds and a bit after a moment close to now: ids are of the time they are given.
func noonOf(t *testing.T, n int) time.Time {
	t.Helper()
	return start.Add(time.Duration(n)*time.Second + 500*time.Nanosecond)
}

var start = time.Now().UTC().Truncate(time.Second)

func TestListFilters(t *testing.T) {
	t.Parallel()
	m, all := listed(t)
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	everything := []string{
		"order-3 mail.confirmations retrying", "order-3 stats.orders waiting",
		"order-2  delivered",
		"order-1 stats.orders delivered",
		"order-0 mail.confirmations delivered", "order-0 stats.orders parked", "order-0 stats.days waiting r1",
	}
	for name, row := range map[string]struct {
		filter events.Filter
		want   []string
	}{
		"everything": {want: everything},
		"id":         {filter: events.Filter{ID: all[3]}, want: everything[:2]},
		"no such id": {filter: events.Filter{ID: "0"}},
		"topic":      {filter: events.Filter{Topic: paid}, want: everything[3:4]},
		"key":        {filter: events.Filter{Key: "order-2"}, want: everything[2:3]},
		"subscriber": {filter: events.Filter{Subscriber: counter}, want: []string{everything[1], everything[3], everything[5]}},
		"subscriber that came later": {
			filter: events.Filter{Subscriber: "stats.days"}, want: everything[6:],
		},
		"part of a name is no name": {filter: events.Filter{Subscriber: "orders"}},
		"waiting":                   {filter: events.Filter{State: events.Waiting}, want: []string{everything[1], everything[6]}},
		"retrying":                  {filter: events.Filter{State: events.Retrying}, want: everything[:1]},
		"parked":                    {filter: events.Filter{State: events.Parked}, want: everything[5:6]},
		"delivered":                 {filter: events.Filter{State: events.Delivered}, want: everything[2:5]},
		"delivered to one": {
			filter: events.Filter{State: events.Delivered, Subscriber: counter}, want: everything[3:4],
		},
		"no such state":      {filter: events.Filter{State: "lost"}},
		"since":              {filter: events.Filter{Since: at(2)}, want: everything[:3]},
		"since is in":        {filter: events.Filter{Since: at(3)}, want: everything[:2]},
		"since, a bit later": {filter: events.Filter{Since: at(3).Add(time.Nanosecond)}},
		"until is out":       {filter: events.Filter{Until: at(1)}, want: everything[4:]},
		"until, a bit later": {filter: events.Filter{Until: at(1).Add(time.Nanosecond)}, want: everything[3:]},
		"between":            {filter: events.Filter{Since: at(1), Until: at(3)}, want: everything[2:4]},
		"parked and since":   {filter: events.Filter{State: events.Parked, Since: at(1)}},
		"parked and until":   {filter: events.Filter{State: events.Parked, Until: at(1)}, want: everything[5:6]},
		"waiting of a topic": {filter: events.Filter{State: events.Waiting, Topic: paid}},
		"parked of a key":    {filter: events.Filter{State: events.Parked, Key: "order-0"}, want: everything[5:6]},
		"before":             {filter: events.Filter{Before: all[1]}, want: everything[4:]},
		"before, by state":   {filter: events.Filter{Before: all[3], State: events.Waiting}, want: everything[6:]},
		"before the id":      {filter: events.Filter{Before: all[1], ID: all[1]}},
		"limit":              {filter: events.Filter{Limit: 1}, want: everything[:2]},
		"limit, exactly":     {filter: events.Filter{Limit: 2}, want: everything[:2]},
		"limit and more":     {filter: events.Filter{Limit: 5}, want: everything},
		"limit, by state":    {filter: events.Filter{Limit: 1, State: events.Waiting}, want: everything[1:2]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, row.want, brief(m.list(t, t.Context(), row.filter)))
		})
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	m, all := listed(t)
	for _, state := range []events.State{"", events.Retrying} { // by either way
		entries := m.list(t, t.Context(), events.Filter{ID: all[3], Subscriber: mailer, State: state})
		require.Len(t, entries, 1)
		whole, err := m.Event(t.Context(), all[3])
		require.NoError(t, err)
		whole.Data = nil
		require.Equal(t, events.Entry{
			Event: *whole, Subscriber: mailer, State: events.Retrying, Attempts: 3, Due: later, Reason: "no",
		}, entries[0])
	}
}

func TestListOfManyPages(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 2000, mailer)
	m.settle(t, t.Context(), events.Delivered, told[3].ID, told[1700].ID)
	for _, f := range []events.Filter{{State: events.Delivered}, {State: events.Delivered, Subscriber: mailer}} {
		require.Equal(t, []string{
			"order-1700 mail.confirmations delivered", "order-3 mail.confirmations delivered",
		}, brief(m.list(t, t.Context(), f)))
	}
	require.Len(t, m.list(t, t.Context(), events.Filter{}), 2000)
	require.Len(t, m.list(t, t.Context(), events.Filter{Limit: 700}), 700)
	require.Len(t, m.list(t, t.Context(), events.Filter{Limit: 700, State: events.Waiting}), 700)
}

// TestOrphans is about deliveries whose event is gone, by whatever accident: they are shown and can be dropped.
func TestOrphans(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 1, mailer)
	require.NoError(t, m.exec(t.Context(), `DELETE FROM events`))
	entries := m.list(t, t.Context(), events.Filter{State: events.Waiting})
	require.Equal(t, []string{"order-0 mail.confirmations waiting"}, brief(entries))
	require.Equal(t, told[0].EventID, entries[0].Event.ID)
	require.Empty(t, m.list(t, t.Context(), events.Filter{State: events.Waiting, Topic: created}))
	dropped, err := m.Drop(t.Context(), events.Filter{Subscriber: mailer})
	require.NoError(t, err)
	require.Equal(t, []int64{1}, dropped)
}
