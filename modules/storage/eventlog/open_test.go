package eventlog_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

func TestOpenInPages(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), 5, mailer, counter)
	m.settle(t, t.Context(), events.Delivered, 2)
	m.settle(t, t.Context(), events.Parked, 5)
	var got []int64
	for after := int64(0); ; {
		page, err := m.Open(t.Context(), after, 3)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		got = append(got, ids(page)...)
		after = page[len(page)-1].ID
	}
	require.Equal(t, []int64{1, 3, 4, 6, 7, 8, 9, 10}, got)
}

func TestLoad(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	told := m.fill(t, t.Context(), 600, mailer, counter) // more than one statement's
	open := m.open(t, t.Context())
	load := []*events.Delivery{{EventID: "unknown"}}
	for i := range open {
		require.Nil(t, open[i].Event)
		load = append(load, &open[i])
	}
	kept := &events.Event{ID: "kept"}
	open[7].Event = kept
	require.NoError(t, m.Load(t.Context(), load))
	require.Nil(t, load[0].Event)
	require.Same(t, kept, open[7].Event, "one that is there stays")
	for i := range open {
		if i != 7 {
			require.Equal(t, told[i], open[i])
		}
	}
	require.Same(t, open[0].Event, open[1].Event)
	require.NoError(t, m.Load(t.Context(), nil))
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	backlog, err := m.Backlog(t.Context())
	require.NoError(t, err)
	require.Empty(t, backlog)

	told := m.fill(t, t.Context(), 4, mailer, counter)
	m.settle(t, t.Context(), events.Delivered, 1, 2) // the first event is done
	m.settle(t, t.Context(), events.Retrying, 3)
	m.settle(t, t.Context(), events.Parked, 4, 6, 8)
	backlog, err = m.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, []events.Backlog{
		{Subscriber: mailer, Open: 3, Oldest: told[2].Event.Time},
		{Subscriber: counter, Parked: 3},
	}, backlog)

	require.NoError(t, m.exec(t.Context(), `DELETE FROM events`))
	backlog, err = m.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, events.Backlog{Subscriber: mailer, Open: 3}, backlog[0], "of an event that is gone the time is unknown")
}

func TestTail(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	tail, err := m.Tail(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, tail)

	told := m.fill(t, t.Context(), 5, mailer)
	tail, err = m.Tail(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []events.Event{*told[4].Event}, tail)

	tail, err = m.Tail(t.Context(), told[1].EventID, 2)
	require.NoError(t, err)
	require.Equal(t, []events.Event{*told[2].Event, *told[3].Event}, tail)

	tail, err = m.Tail(t.Context(), told[4].EventID, 2)
	require.NoError(t, err)
	require.Empty(t, tail)
}

func TestReadersCanGiveUp(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.fill(t, t.Context(), 5, mailer)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.Open(ctx, 0, 1)
	require.ErrorIs(t, err, context.Canceled)
	_, err = m.List(ctx, events.Filter{})
	require.ErrorIs(t, err, context.Canceled)
	_, err = m.Drop(ctx, events.Filter{})
	require.ErrorIs(t, err, context.Canceled)
}
