package eventlog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

func ids(ds []events.Delivery) (ids []int64) {
	for _, d := range ds {
		ids = append(ids, d.ID)
	}
	return ids
}

func TestSettleDelivered(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ done, left []int64 }{
		"one":              {done: []int64{5}, left: []int64{1, 2, 3, 4, 6, 7, 8}},
		"a run":            {done: []int64{2, 3, 4}, left: []int64{1, 5, 6, 7, 8}},
		"a gap stays":      {done: []int64{2, 3, 5, 6}, left: []int64{1, 4, 7, 8}},
		"in any order":     {done: []int64{8, 2, 7, 1}, left: []int64{3, 4, 5, 6}},
		"twice":            {done: []int64{2, 2, 3, 3, 5}, left: []int64{1, 4, 6, 7, 8}},
		"all":              {done: []int64{1, 2, 3, 4, 5, 6, 7, 8}},
		"unknown":          {done: []int64{99, 100, 0, -1, 8}, left: []int64{1, 2, 3, 4, 5, 6, 7}},
		"none":             {left: []int64{1, 2, 3, 4, 5, 6, 7, 8}},
		"every other":      {done: []int64{1, 3, 5, 7}, left: []int64{2, 4, 6, 8}},
		"far apart, a run": {done: []int64{1, 7, 8, 9}, left: []int64{2, 3, 4, 5, 6}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := openModule(t, t.TempDir())
			m.fill(t, t.Context(), 8, mailer)
			m.settle(t, t.Context(), events.Delivered, row.done...)
			require.Equal(t, row.left, ids(m.open(t, t.Context())))
		})
	}
}

func TestSettleRefused(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), 5, mailer)
	require.NoError(t, m.Settle(t.Context(), []events.Outcome{
		{ID: 1, State: events.Delivered},
		{ID: 2, State: events.Retrying, Attempts: 2, Reason: "mail is down", Due: later},
		{ID: 3, State: events.Parked, Attempts: 6, Reason: "no such address"},
		{ID: 4, State: events.Retrying, Due: later}, // put off, but not counted
		{ID: 77, State: events.Retrying, Attempts: 1},
		{ID: 78, State: events.Parked},
	}))
	open := m.open(t, t.Context())
	require.Equal(t, []int64{2, 4, 5}, ids(open))
	require.Equal(t, 2, open[0].Attempts)
	require.Equal(t, later, open[0].Due)
	require.Equal(t, 0, open[1].Attempts)
	require.Equal(t, later, open[1].Due)
	require.Equal(t, time.Time{}, open[2].Due)

	var states []events.State
	entries := m.list(t, t.Context(), events.Filter{})
	for _, e := range entries {
		states = append(states, e.State)
	}
	require.Equal(t, []events.State{events.Waiting, events.Retrying, events.Parked, events.Retrying, events.Delivered}, states)
	require.Equal(t, "no such address", entries[2].Reason)
	require.Equal(t, 6, entries[2].Attempts)
	require.Zero(t, entries[2].Due)
	require.Equal(t, "mail is down", entries[3].Reason)

	m.settle(t, t.Context(), events.Retrying, 3)
	require.Equal(t, []int64{2, 3, 4, 5}, ids(m.open(t, t.Context())), "a parked one can be taken up again")
}

func TestSettleIsOneTransaction(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), 3, mailer)
	err := m.Settle(t.Context(), []events.Outcome{
		{ID: 1, State: events.Delivered}, {ID: 2, State: events.Parked}, {ID: 3, State: events.Waiting},
	})
	require.ErrorContains(t, err, `settle delivery 3: nothing is done about state "waiting"`)
	require.Len(t, m.open(t, t.Context()), 3)
	for event, out := range map[string]events.Outcome{
		"DELETE": {ID: 1, State: events.Delivered}, "UPDATE": {ID: 1, State: events.Retrying},
	} {
		require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no`+event+` BEFORE `+event+` ON deliveries BEGIN SELECT raise(ABORT, 'no'); END`))
		require.ErrorContains(t, m.Settle(t.Context(), []events.Outcome{out}), "settle ")
	}
}

func TestSettleNothingWritesNothing(t *testing.T) {
	t.Parallel()
	m := newModule(t, "order", t.TempDir()) // not open: a write would be refused
	require.NoError(t, m.Settle(t.Context(), nil))
}
