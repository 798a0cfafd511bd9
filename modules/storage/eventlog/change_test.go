package eventlog_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

// stuck is a log with deliveries 1 to 8 for two subscribers in turn: 3 and 4 retry, 5 and 6 are parked.
func stuck(t *testing.T) module {
	t.Helper()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), 4, mailer, counter)
	m.settle(t, t.Context(), events.Retrying, 3, 4)
	m.settle(t, t.Context(), events.Parked, 5, 6)
	return m
}

func TestRetry(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		filter events.Filter
		want   []int64
	}{
		"all but the waiting": {want: []int64{3, 4, 5, 6}},
		"parked":              {filter: events.Filter{State: events.Parked}, want: []int64{5, 6}},
		"retrying":            {filter: events.Filter{State: events.Retrying}, want: []int64{3, 4}},
		"waiting are left":    {filter: events.Filter{State: events.Waiting}},
		"delivered are gone":  {filter: events.Filter{State: events.Delivered}},
		"of a subscriber":     {filter: events.Filter{Subscriber: counter}, want: []int64{4, 6}},
		"of a key":            {filter: events.Filter{Key: "order-2", Topic: created}, want: []int64{5, 6}},
		"of another topic":    {filter: events.Filter{Topic: paid}},
		"pages are ignored":   {filter: events.Filter{Before: "0", Limit: 1}, want: []int64{3, 4, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stuck(t)
			revived, err := m.Retry(t.Context(), row.filter)
			require.NoError(t, err)
			require.Equal(t, row.want, ids(revived))
			fresh := map[int64]events.Delivery{}
			for _, d := range m.open(t, t.Context()) {
				fresh[d.ID] = d
			}
			for _, d := range revived {
				require.Equal(t, fresh[d.ID], d)
				require.Zero(t, d.Attempts)
				require.Zero(t, d.Due)
			}
			waiting := m.list(t, t.Context(), events.Filter{State: events.Waiting})
			require.Len(t, waiting, 4+len(revived))
			for _, e := range waiting {
				require.Empty(t, e.Reason)
			}
		})
	}
}

func TestDrop(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		filter events.Filter
		want   []int64
	}{
		"all":                {want: []int64{1, 2, 3, 4, 5, 6, 7, 8}},
		"waiting":            {filter: events.Filter{State: events.Waiting}, want: []int64{1, 2, 7, 8}},
		"parked":             {filter: events.Filter{State: events.Parked}, want: []int64{5, 6}},
		"delivered are gone": {filter: events.Filter{State: events.Delivered}},
		"of a subscriber":    {filter: events.Filter{Subscriber: mailer, State: events.Retrying}, want: []int64{3}},
		"since":              {filter: events.Filter{Since: time.Now().Add(time.Hour)}},
		"pages are ignored":  {filter: events.Filter{Before: "0", Limit: 1, Key: "order-0"}, want: []int64{1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := stuck(t)
			dropped, err := m.Drop(t.Context(), row.filter)
			require.NoError(t, err)
			require.Equal(t, row.want, dropped)
			require.Equal(t, 8-len(row.want), m.count(t, t.Context(), `SELECT count(*) FROM deliveries`))
			require.Len(t, m.list(t, t.Context(), events.Filter{State: events.Delivered}), len(row.want),
				"what is dropped counts as delivered")
		})
	}
}

func TestChangesGoInPieces(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	const many = 2*eventlog.Chunk + 7
	told := m.fill(t, t.Context(), many, mailer)
	m.settle(t, t.Context(), events.Parked, ids(told)...)
	revived, err := m.Retry(t.Context(), events.Filter{})
	require.NoError(t, err)
	require.Equal(t, ids(told), ids(revived))
	dropped, err := m.Drop(t.Context(), events.Filter{})
	require.NoError(t, err)
	require.Equal(t, ids(told), dropped)
}

func TestChangeThatFailsHalfway(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), eventlog.Chunk+1, mailer)
	m.settle(t, t.Context(), events.Parked, ids(told)...)
	for _, event := range []string{"DELETE", "UPDATE"} {
		require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no`+event+` BEFORE `+event+` ON deliveries WHEN old.id = 501
			BEGIN SELECT raise(ABORT, 'no'); END`))
	}
	revived, err := m.Retry(t.Context(), events.Filter{})
	require.ErrorContains(t, err, "retry deliveries: ")
	require.Len(t, revived, eventlog.Chunk, "the relay must know of those")
	require.Len(t, m.open(t, t.Context()), eventlog.Chunk)
	dropped, err := m.Drop(t.Context(), events.Filter{})
	require.ErrorContains(t, err, "drop deliveries: ")
	require.Len(t, dropped, eventlog.Chunk)
	require.Equal(t, 1, m.count(t, t.Context(), `SELECT count(*) FROM deliveries`))
}

// TestDropEndsWhileEventsArrive expects no hunt for those that come while it drops.
func TestDropEndsWhileEventsArrive(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), eventlog.Chunk, mailer)
	stop, done := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		var err error
		for err == nil && stop.Err() == nil {
			err = m.write(t.Context(), func(ctx context.Context) error {
				return m.Append(ctx, order(created, 1), []string{mailer}, ignore)
			})
		}
		ended <- err
	}()
	dropped, err := m.Drop(t.Context(), events.Filter{})
	done()
	require.NoError(t, <-ended)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(dropped), eventlog.Chunk)
}
