package eventlog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

func TestReplay(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	var all []*events.Event
	for n, topic := range []string{created, paid, created, "order.cancelled", paid} {
		e := order(topic, n)
		m.announce(t, t.Context(), e, mailer)
		all = append(all, e)
	}
	for name, row := range map[string]struct {
		topics []string
		filter events.Filter
		want   []int
	}{
		"topics":              {topics: []string{created, paid}, want: []int{0, 1, 2, 4}},
		"one topic":           {topics: []string{paid}, want: []int{1, 4}},
		"no topics":           {},
		"a part of a topic":   {topics: []string{"order"}},
		"a topic and another": {topics: []string{created, paid}, filter: events.Filter{Topic: paid}, want: []int{1, 4}},
		"an id":               {topics: []string{created, paid}, filter: events.Filter{ID: all[2].ID}, want: []int{2}},
		"a key":               {topics: []string{created, paid}, filter: events.Filter{Key: "order-4"}, want: []int{4}},
		"before":              {topics: []string{created, paid}, filter: events.Filter{Before: all[2].ID}, want: []int{0, 1}},
		"since":               {topics: []string{created, paid}, filter: events.Filter{Since: all[2].Time.Truncate(time.Microsecond)}, want: []int{2, 4}},
		"subscriber and state do not matter": {
			topics: []string{paid}, filter: events.Filter{Subscriber: "nobody", State: events.Parked, Limit: 1}, want: []int{1, 4},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var told []events.Delivery
			n, err := m.Replay(t.Context(), counter, name, row.topics, row.filter, func(ds []events.Delivery) { told = append(told, ds...) })
			require.NoError(t, err)
			require.Equal(t, len(row.want), n)
			require.Len(t, told, n)
			open := m.open(t, t.Context())
			require.Equal(t, told, append([]events.Delivery(nil), open[len(open)-n:]...))
			for i, d := range told {
				require.Equal(t, events.Delivery{
					ID: d.ID, EventID: all[row.want[i]].ID, Key: all[row.want[i]].Key, Subscriber: counter, Replay: name,
				}, d)
			}
		})
	}
}

func TestReplayGoesInPieces(t *testing.T) {
	t.Parallel()
	for _, many := range []int{eventlog.Chunk - 1, eventlog.Chunk, 2*eventlog.Chunk + 1} {
		m := openModule(t, t.TempDir())
		m.settle(t, t.Context(), events.Delivered, ids(m.fill(t, t.Context(), many, mailer))...)
		var told []events.Delivery
		calls := 0
		n, err := m.Replay(t.Context(), counter, "r", []string{created}, events.Filter{}, func(ds []events.Delivery) {
			told = append(told, ds...)
			calls++
		})
		require.NoError(t, err)
		require.Equal(t, many, n)
		require.Equal(t, (many+eventlog.Chunk-1)/eventlog.Chunk, calls)
		require.Equal(t, told, m.open(t, t.Context()))
	}
}

func TestReplayThatFailsHalfway(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.settle(t, t.Context(), events.Delivered, ids(m.fill(t, t.Context(), eventlog.Chunk+1, mailer))...)
	require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no BEFORE INSERT ON deliveries WHEN new.key = 'order-500'
		BEGIN SELECT raise(ABORT, 'no'); END`))
	told := 0
	n, err := m.Replay(t.Context(), counter, "r", []string{created}, events.Filter{}, func(ds []events.Delivery) { told += len(ds) })
	require.ErrorContains(t, err, "replay events: ")
	require.Equal(t, eventlog.Chunk, n)
	require.Equal(t, n, told)
	require.Len(t, m.open(t, t.Context()), n)
}

func TestReplayIsTheFirstToWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	m.fill(t, t.Context(), 3, mailer)
	require.NoError(t, m.db.Close(t.Context()))
	m = openModule(t, dir)
	n, err := m.Replay(t.Context(), mailer, "r", []string{created}, events.Filter{}, ignore)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	require.Equal(t, []int64{1, 2, 3, 4, 5, 6}, ids(m.open(t, t.Context())))
}

func TestReplayAndOnce(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	e := order(created, 1)
	m.announce(t, t.Context(), e, mailer)
	_, err := m.Replay(t.Context(), mailer, "r", []string{created}, events.Filter{}, ignore)
	require.NoError(t, err)
	ran := 0
	for range 2 { // everything is handed over twice
		for _, d := range m.open(t, t.Context()) {
			r := events.Receipt{Subscriber: d.Subscriber, Event: d.EventID, Replay: d.Replay}
			_, err := m.Once(t.Context(), r, func(context.Context) error { ran++; return nil })
			require.NoError(t, err)
		}
	}
	require.Equal(t, 2, ran, "once for the event and once for its replay")
}
