package eventlog_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/transport/events"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	e := order(created, 1)
	e.Cause = "the cause"
	told := m.announce(t, t.Context(), e, counter, mailer)
	require.Len(t, told, 2)
	require.Equal(t, events.Delivery{ID: 1, EventID: e.ID, Key: e.Key, Subscriber: counter, Event: told[0].Event}, told[0])
	require.Equal(t, events.Delivery{ID: 2, EventID: e.ID, Key: e.Key, Subscriber: mailer, Event: told[0].Event}, told[1])
	require.Same(t, told[0].Event, told[1].Event)

	kept, err := m.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Equal(t, told[0].Event, kept, "what is told is what will be read")
	want := *e
	want.Time = e.Time.UTC().Truncate(time.Microsecond)
	require.Equal(t, &want, kept)
}

func TestAppendLeavesTheEventToItsOwner(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	e := order(created, 1)
	told := m.announce(t, t.Context(), e, mailer)
	require.NotSame(t, e, told[0].Event)
	e.Key, e.Data[0] = "another", 'x'
	require.Equal(t, "order-1", told[0].Event.Key)
	require.JSONEq(t, `{"n":1}`, string(told[0].Event.Data))
}

func TestAppendWithoutSubscribers(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	e, calls := order(created, 1), 0
	e.Data = nil
	require.NoError(t, m.write(t.Context(), func(ctx context.Context) error {
		return m.Append(ctx, e, nil, func(ds []events.Delivery) {
			calls++
			require.Empty(t, ds)
		})
	}))
	require.Equal(t, 1, calls, "who follows the log wants to know")
	require.Empty(t, m.open(t, t.Context()))
	kept, err := m.Event(t.Context(), e.ID)
	require.NoError(t, err)
	require.Empty(t, kept.Data)
}

func TestUndoneTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	m.announce(t, t.Context(), order(created, 1), mailer)
	var undone events.Event
	err := m.write(t.Context(), func(ctx context.Context) error {
		e := order(created, 2)
		require.NoError(t, m.Append(ctx, e, []string{mailer, counter}, func([]events.Delivery) { t.Error("told of what was undone") }))
		undone = *e
		return errOwn
	})
	require.ErrorIs(t, err, errOwn)
	require.Len(t, m.open(t, t.Context()), 1)
	require.Len(t, m.list(t, t.Context(), events.Filter{}), 1)
	gone, err := m.Event(t.Context(), undone.ID)
	require.NoError(t, err)
	require.Nil(t, gone)

	next := order(created, 3)
	told := m.announce(t, t.Context(), next, mailer)
	require.Greater(t, next.ID, undone.ID, "an id that was handed out does not come again")
	require.Equal(t, int64(4), told[0].ID)
}

func TestAppendOutsideATransaction(t *testing.T) {
	t.Parallel()
	m, other := openModule(t, t.TempDir()), newModule(t, "user", t.TempDir())
	require.NoError(t, other.db.Open(t.Context()))
	defer other.db.Close(t.Context())
	require.ErrorContains(t, m.Append(t.Context(), order(created, 1), nil, ignore), "not inside a transaction of this database")
	err := other.write(t.Context(), func(ctx context.Context) error { return m.Append(ctx, order(created, 1), nil, ignore) })
	require.ErrorContains(t, err, "join a write to the storage of order")
}

func TestLogsOfTwoModulesAreApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	orders, users := openModule(t, dir), newModule(t, "user", dir)
	require.NoError(t, users.db.Open(t.Context()))
	defer users.db.Close(t.Context())
	e := order(created, 1)
	orders.announce(t, t.Context(), e, mailer)
	require.Empty(t, users.open(t, t.Context()))
	require.Empty(t, users.list(t, t.Context(), events.Filter{}))
	receipt := events.Receipt{Subscriber: mailer, Event: e.ID}
	for _, m := range []module{orders, users} {
		ran, err := m.Once(t.Context(), receipt, func(context.Context) error { return nil })
		require.NoError(t, err)
		require.True(t, ran)
	}
	users.settle(t, t.Context(), events.Delivered, 1)
	require.Len(t, orders.open(t, t.Context()), 1)
}

// TestCommittedInOrder has many announce at once, some in vain, and expects to be told of all others in the order of
// their ids, by whoever was told first.
func TestCommittedInOrder(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	var told []events.Delivery // on the writer's goroutine only
	var wg sync.WaitGroup
	for caller := range 16 {
		wg.Go(func() {
			for n := range 25 {
				err := m.write(t.Context(), func(ctx context.Context) error {
					err := m.Append(ctx, order(created, caller), []string{mailer, counter}, func(ds []events.Delivery) { told = append(told, ds...) })
					if n%5 == 4 {
						return errOwn
					}
					return err
				})
				if n%5 != 4 && err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.NoError(t, m.write(t.Context(), func(context.Context) error { return nil }))
	open := m.open(t, t.Context())
	require.Len(t, open, 16*20*2)
	require.Len(t, told, len(open))
	for i := range told {
		require.Equal(t, open[i].ID, told[i].ID)
		require.Equal(t, open[i].EventID, told[i].EventID)
		require.Equal(t, told[i].EventID, told[i].Event.ID)
		if i > 0 {
			require.GreaterOrEqual(t, told[i].EventID, told[i-1].EventID)
		}
	}
}

func TestReopenedLogGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var lastEvent string
	var lastDelivery int64
	want := []events.Delivery{}
	for round := range 3 {
		m := newModule(t, "order", dir)
		require.NoError(t, m.db.Open(t.Context()))
		require.Equal(t, want, append([]events.Delivery{}, m.open(t, t.Context())...))
		for n := range 10 {
			e := order(created, n)
			told := m.announce(t, t.Context(), e, mailer)
			require.Greater(t, e.ID, lastEvent)
			require.Greater(t, told[0].ID, lastDelivery)
			lastEvent, lastDelivery = e.ID, told[0].ID
			told[0].Event = nil
			want = append(want, told...)
		}
		require.Len(t, m.list(t, t.Context(), events.Filter{}), 10*(round+1))
		require.NoError(t, m.db.Close(t.Context()))
	}
}

func TestReopenedEmptyLogGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	told := m.fill(t, t.Context(), 3, mailer)
	m.settle(t, t.Context(), events.Delivered, 1, 2, 3)
	more := m.announce(t, t.Context(), order(created, 4), mailer)
	require.Equal(t, int64(4), more[0].ID, "an id of this process does not come again, though no row is left")
	m.settle(t, t.Context(), events.Delivered, 4)
	n, err := m.Forget(t.Context(), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	require.NoError(t, m.db.Close(t.Context()))

	// As if the clock had been set back by centuries meanwhile.
	m = newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	require.NoError(t, m.exec(t.Context(), `UPDATE forgotten SET last = 'f' || substr(last, 2)`))
	require.NoError(t, m.db.Close(t.Context()))
	m = openModule(t, dir)
	e := order(created, 5)
	m.announce(t, t.Context(), e, mailer)
	require.Greater(t, e.ID, told[2].EventID)
	require.Equal(t, "f", e.ID[:1], "ids go on beyond those of events that are gone")
}

func TestCountersGoOnFromWhatWasThereAtOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	told := m.fill(t, t.Context(), 3, mailer)
	require.NoError(t, m.db.Close(t.Context()))

	m = openModule(t, dir)
	require.Len(t, m.open(t, t.Context()), 3)
	m.settle(t, t.Context(), events.Delivered, ids(told)...)
	_, err := m.Forget(t.Context(), time.Now().Add(time.Hour), 100)
	require.NoError(t, err)
	e := order(created, 4)
	require.Equal(t, int64(4), m.announce(t, t.Context(), e, mailer)[0].ID, "the relay has read up to 3")
	require.Greater(t, e.ID, told[2].EventID)
}

func TestCountersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	require.NoError(t, m.exec(t.Context(), `INSERT INTO events VALUES ('rubbish', '', '', 0, 0, 0, '', '', '', '')`))
	require.NoError(t, m.db.Close(t.Context()))
	require.ErrorContains(t, newModule(t, "order", dir).db.Open(t.Context()),
		`read the last ids of the event log: "rubbish" is not a UUIDv7`)
}

func TestAppendThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	for table, text := range map[string]string{"events": "append event: ", "deliveries": "append delivery: "} {
		m := openModule(t, t.TempDir())
		require.NoError(t, m.exec(t.Context(), fmt.Sprintf(
			`CREATE TRIGGER no BEFORE INSERT ON %s BEGIN SELECT raise(ABORT, 'no'); END`, table)))
		err := m.write(t.Context(), func(ctx context.Context) error { return m.Append(ctx, order(created, 1), []string{mailer}, ignore) })
		require.ErrorContains(t, err, text)
		require.Empty(t, m.list(t, t.Context(), events.Filter{}))
	}
}

func TestClosedDatabase(t *testing.T) {
	t.Parallel()
	m := newModule(t, "order", t.TempDir())
	ctx := t.Context()
	_, err := m.Open(ctx, 0, 1)
	require.ErrorContains(t, err, "read open deliveries: ")
	_, err = m.Backlog(ctx)
	require.ErrorContains(t, err, "count deliveries: ")
	_, err = m.List(ctx, events.Filter{})
	require.ErrorContains(t, err, "list events: ")
	_, err = m.Tail(ctx, "", 1)
	require.ErrorContains(t, err, "read the end of the event log: ")
	_, err = m.Event(ctx, "x")
	require.ErrorContains(t, err, "read event: ")
	_, err = m.Retry(ctx, events.Filter{})
	require.ErrorContains(t, err, "retry deliveries: ")
	_, err = m.Drop(ctx, events.Filter{})
	require.ErrorContains(t, err, "drop deliveries: ")
	_, err = m.Replay(ctx, mailer, "r", nil, events.Filter{}, ignore)
	require.ErrorContains(t, err, "replay events: ")
	_, err = m.Forget(ctx, time.Now(), 1)
	require.ErrorContains(t, err, "forget events: ")
	_, err = m.ForgetReceipts(ctx, time.Now(), 1)
	require.ErrorContains(t, err, "forget receipts: ")
	require.ErrorContains(t, m.Load(ctx, []*events.Delivery{{EventID: "x"}}), "load events: ")
	require.Error(t, m.Settle(ctx, []events.Outcome{{ID: 1, State: events.Delivered}}))
	_, err = m.Once(ctx, events.Receipt{}, func(context.Context) error { return nil })
	require.Error(t, err)
}

func TestReadsInsideATransactionAreRefused(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	err := m.write(t.Context(), func(ctx context.Context) error {
		_, err := m.List(ctx, events.Filter{})
		return err
	})
	require.ErrorIs(t, err, storage.ErrInTransaction)
}
