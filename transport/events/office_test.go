package events_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

// clerk is a subscriber that forbids replays.
var clerk = contract.Subscriber{Name: "till.clerk", Topics: []contract.AnyTopic{sold}}

// newOffice is the desk of a house in which nothing is delivered.
func newOffice(t *testing.T) (*house, *events.Office) {
	t.Helper()
	h := newHouse(t)
	h.subscribers = []contract.Subscriber{ledger, clerk, mirror}
	h.build(t)
	return h, events.NewOffice([]*events.Outbox{h.postbox, h.box}, h.subscribers)
}

// both announces a sale in shop's log and a posting in till's, n times in turn, each with a key of its own, and returns
// the keys, newest first.
func (h *house) both(t *testing.T, n int) (keys []string) {
	t.Helper()
	for i := range n {
		key := fmt.Sprintf("key-%02d", i)
		if i%2 == 0 {
			h.sell(t, sale{Key: key, Version: 1})
		} else {
			require.NoError(t, h.till.Update(t.Context(), func(ctx context.Context) error {
				return h.post(ctx, sale{Key: key, Version: 1})
			}))
		}
		keys = append([]string{key}, keys...)
		<-time.After(time.Millisecond) // ids of two logs compare by the millisecond
	}
	return keys
}

// requireInvalid requires err to be Invalid, with a message.
func requireInvalid(t *testing.T, message string, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*status.Error](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, status.Invalid, refusal.Code)
	require.Equal(t, message, refusal.Message)
}

// TestListOfTwoLogs pages through both, with pages that end within an event's entries and such that do not.
func TestListOfTwoLogs(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		keys := h.both(t, 21) // sales have two entries each, postings one
		all, err := office.List(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Len(t, all, 2*11+10)
		for limit := 1; limit <= 33; limit++ {
			var paged []events.Entry
			f := events.Filter{Limit: limit}
			for {
				page, err := office.List(t.Context(), f)
				require.NoError(t, err)
				if len(page) == 0 {
					break
				}
				require.LessOrEqual(t, len(page), limit+1)
				paged = append(paged, page...)
				f.Before = page[len(page)-1].Event.ID
			}
			require.Equal(t, all, paged, "limit %d", limit)
		}
		var listed []string
		for i, e := range all {
			if i == 0 || e.Event.Key != all[i-1].Event.Key {
				listed = append(listed, e.Event.Key)
			}
		}
		require.Equal(t, keys, listed, "newest first")
	})
}

func TestListFilters(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.both(t, 4)
		for name, row := range map[string]struct {
			filter events.Filter
			want   int
		}{
			"a topic":              {events.Filter{Topic: "till.posted"}, 2},
			"a subscriber":         {events.Filter{Subscriber: "till.clerk"}, 2},
			"a state":              {events.Filter{State: events.Waiting}, 6},
			"a state without any":  {events.Filter{State: events.Parked}, 0},
			"a key":                {events.Filter{Key: "key-03"}, 1},
			"a key of nothing":     {events.Filter{Key: "key-99"}, 0},
			"a time":               {events.Filter{Since: time.Now().Add(time.Hour)}, 0},
			"a subscriber unmet":   {events.Filter{Subscriber: "archive.mirror", Topic: "shop.sold"}, 0},
			"a limit beyond it":    {events.Filter{Topic: "till.posted", Limit: 10}, 2},
			"a limit to the entry": {events.Filter{Topic: "shop.sold", Limit: 2}, 2},
		} {
			entries, err := office.List(t.Context(), row.filter)
			require.NoError(t, err, name)
			require.Len(t, entries, row.want, name)
		}
	})
}

func TestNamesThatAreMisspelt(t *testing.T) {
	t.Parallel()
	_, office := newOffice(t)
	for want, filter := range map[string]events.Filter{
		`no module of this node announces topic "shop.lost"; the topics are shop.repaid, shop.sold, till.posted`: {Topic: "shop.lost"},
		`state must be waiting, retrying, parked or delivered, not "dead"`:                                       {State: "dead"},
		`there is no subscriber "till.leger"; the subscribers are archive.mirror, till.clerk, till.ledger`:       {Subscriber: "till.leger"},
	} {
		_, err := office.List(t.Context(), filter)
		requireInvalid(t, want, err)
		_, err = office.Retry(t.Context(), filter)
		requireInvalid(t, want, err)
		_, err = office.Drop(t.Context(), filter)
		requireInvalid(t, want, err)
	}
}

// TestSubscriberThatIsNoMore is known as long as something waits for it.
func TestSubscriberThatIsNoMore(t *testing.T) {
	t.Parallel()
	h, _ := newOffice(t)
	h.sell(t, sale{Key: "a", Version: 1})
	h.subscribers = h.subscribers[:1]
	h.build(t)
	office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
	f := events.Filter{Subscriber: "till.clerk"}
	entries, err := office.List(t.Context(), f)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	n, err := office.Drop(t.Context(), f)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = office.List(t.Context(), f)
	requireInvalid(t, `there is no subscriber "till.clerk"; the subscribers are till.ledger`, err)
}

func TestEventOfTheOffice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.both(t, 2)
		for _, want := range append(h.sales(t), h.postings(t)...) {
			e, entries, err := office.Event(t.Context(), want.ID)
			require.NoError(t, err)
			require.Equal(t, want, *e)
			for _, entry := range entries {
				require.Equal(t, want.ID, entry.Event.ID)
			}
			require.Len(t, entries, map[string]int{"shop.sold": 2, "till.posted": 1}[e.Topic])
		}
		_, _, err := office.Event(t.Context(), "no-such-event")
		refusal, ok := errors.AsType[*status.Error](err)
		require.True(t, ok)
		require.Equal(t, status.NotFound, refusal.Code)
		require.Equal(t, "event_not_found", refusal.Reason)
		require.NotEmpty(t, refusal.Details[status.DetailHint])
	})
}

func TestRetryAndDropOfTheOffice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.both(t, 4)
		h.shop.exec(t, `UPDATE deliveries SET parked = 1, attempts = 3`)
		h.till.exec(t, `UPDATE deliveries SET due = 4102444800000000, attempts = 1`)
		n, err := office.Retry(t.Context(), events.Filter{State: events.Parked, Subscriber: "till.ledger"})
		require.NoError(t, err)
		require.Equal(t, 2, n)
		n, err = office.Retry(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Equal(t, 2+2, n, "of both logs")
		n, err = office.Retry(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = office.Drop(t.Context(), events.Filter{})
		require.NoError(t, err)
		require.Equal(t, 6, n)
	})
}

func TestReplayOfTheOffice(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.both(t, 4)
		require.NoError(t, h.announce(t.Context(), repaid, sale{Key: "key-00", Version: 2}))
		_, err := office.Drop(t.Context(), events.Filter{})
		require.NoError(t, err)
		n, replay, err := office.Replay(t.Context(), events.Filter{Subscriber: "till.ledger"})
		require.NoError(t, err)
		require.Equal(t, 3, n)
		entries, err := office.List(t.Context(), events.Filter{State: events.Waiting})
		require.NoError(t, err)
		require.Len(t, entries, 3)
		for _, e := range entries {
			require.Equal(t, replay, e.Replay)
		}
		n, again, err := office.Replay(t.Context(), events.Filter{Subscriber: "till.ledger", Topic: "shop.repaid"})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NotEqual(t, replay, again)
		n, _, err = office.Replay(t.Context(), events.Filter{Subscriber: "till.ledger", Key: "nobody"})
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestReplayThatIsRefused(t *testing.T) {
	t.Parallel()
	_, office := newOffice(t)
	_, _, err := office.Replay(t.Context(), events.Filter{})
	requireInvalid(t, "a replay is for one subscriber, and none is named", err)
	_, _, err = office.Replay(t.Context(), events.Filter{Subscriber: "till.leger"})
	requireInvalid(t, `there is no subscriber "till.leger"; the subscribers are archive.mirror, till.clerk, till.ledger`, err)
	_, _, err = office.Replay(t.Context(), events.Filter{Subscriber: "till.ledger", Topic: "till.posted"})
	requireInvalid(t, "subscriber till.ledger does not listen to topic till.posted", err)
	_, _, err = office.Replay(t.Context(), events.Filter{Subscriber: "till.clerk"})
	refusal, ok := errors.AsType[*status.Error](err)
	require.True(t, ok)
	require.Equal(t, status.Conflict, refusal.Code)
	require.Equal(t, "replay_forbidden", refusal.Reason)
}

func TestOfficeWithoutItsLogs(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	log := &faulty{Log: h.shop}
	h.log = log
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 1})
	id := h.sales(t)[0].ID
	office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
	broken := errors.New("a bad sector")
	fail := func() error { return broken }
	log.fail(&log.list, fail)
	_, err := office.List(t.Context(), events.Filter{})
	require.EqualError(t, err, "list events of shop: a bad sector")
	_, _, err = office.Event(t.Context(), id)
	require.EqualError(t, err, "list deliveries of event "+id+": a bad sector")
	log.fail(&log.event, fail)
	_, _, err = office.Event(t.Context(), id)
	require.EqualError(t, err, "read event "+id+" of shop: a bad sector")
	log.fail(&log.tail, fail)
	_, _, err = office.Tail(t.Context(), "", 10, 0)
	require.EqualError(t, err, "follow events of shop: a bad sector")
	log.fail(&log.backlog, fail)
	_, err = office.Backlog(t.Context())
	require.ErrorIs(t, err, broken)
	_, err = office.List(t.Context(), events.Filter{Subscriber: "till.leger"})
	require.ErrorIs(t, err, broken)
	n, err := office.Drop(t.Context(), events.Filter{})
	require.ErrorIs(t, err, broken)
	require.Equal(t, 1, n)
}
