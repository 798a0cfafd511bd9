package eventlog_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

// handle inserts an order in the transaction of a receipt.
func (m module) handle(ctx context.Context, r events.Receipt, id string, end error) (bool, error) {
	return m.Once(ctx, r, func(ctx context.Context) error {
		if err := m.exec(ctx, `INSERT INTO orders (id) VALUES ($1)`, id); err != nil {
			return err
		}
		return end
	})
}

func TestOnce(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	r := events.Receipt{Subscriber: mailer, Event: "e"}
	ran, err := m.handle(t.Context(), r, "a", errOwn)
	require.ErrorIs(t, err, errOwn)
	require.True(t, ran)
	require.Zero(t, m.count(t, t.Context(), `SELECT count(*) FROM orders`), "no effect")
	require.Zero(t, m.count(t, t.Context(), `SELECT count(*) FROM inbox`), "no receipt")

	ran, err = m.handle(t.Context(), r, "a", nil)
	require.NoError(t, err)
	require.True(t, ran)
	ran, err = m.handle(t.Context(), r, "b", nil)
	require.NoError(t, err)
	require.False(t, ran)

	for id, other := range map[string]events.Receipt{
		"c": {Subscriber: mailer, Event: "e", Replay: "r"},
		"d": {Subscriber: counter, Event: "e"},
		"e": {Subscriber: mailer, Event: "f"},
	} {
		ran, err = m.handle(t.Context(), other, id, nil)
		require.NoError(t, err)
		require.True(t, ran, other)
	}
	require.Equal(t, 4, m.count(t, t.Context(), `SELECT count(*) FROM orders`))
	require.Zero(t, m.count(t, t.Context(), `SELECT count(*) FROM orders WHERE id = 'b'`))
}

func TestOnceByManyAtOnce(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := m.handle(t.Context(), events.Receipt{Subscriber: mailer, Event: "e"}, "a", nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, m.count(t, t.Context(), `SELECT count(*) FROM orders`))
}

func TestOncePanic(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	r := events.Receipt{Subscriber: mailer, Event: "e"}
	ran, err := m.Once(t.Context(), r, func(context.Context) error { panic("a handler's") })
	require.ErrorContains(t, err, "a handler's")
	require.True(t, ran)
	ran, err = m.handle(t.Context(), r, "a", nil)
	require.NoError(t, err)
	require.True(t, ran)
}

func TestOnceThatIsNotBegun(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran, err := m.handle(ctx, events.Receipt{Subscriber: mailer, Event: "e"}, "a", nil)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, ran)
}

func TestOnceThatTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no BEFORE INSERT ON inbox BEGIN SELECT raise(ABORT, 'no'); END`))
	ran, err := m.handle(t.Context(), events.Receipt{Subscriber: mailer, Event: "e"}, "a", nil)
	require.ErrorContains(t, err, "add to the inbox: ")
	require.False(t, ran)
}

func TestHandlerAnnounces(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	for _, end := range []error{errOwn, nil} {
		_, err := m.Once(t.Context(), events.Receipt{Subscriber: mailer, Event: "e"}, func(ctx context.Context) error {
			require.NoError(t, m.Append(ctx, order(paid, 1), []string{counter}, ignore))
			return end
		})
		require.ErrorIs(t, err, end)
	}
	require.Len(t, m.open(t, t.Context()), 1)
}

func TestForgetReceipts(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	old, young := eventlog.Bound(time.Now().Add(-48*time.Hour)), eventlog.Bound(time.Now().Add(-time.Hour))
	for _, event := range []string{old, young} {
		for _, replay := range []string{"", "r"} {
			for _, s := range []string{mailer, counter} {
				_, err := m.Once(t.Context(), events.Receipt{Subscriber: s, Event: event, Replay: replay}, func(context.Context) error { return nil })
				require.NoError(t, err)
			}
		}
	}
	dayAgo := time.Now().Add(-24 * time.Hour)
	forget := func(limit, want int) {
		t.Helper()
		n, err := m.ForgetReceipts(t.Context(), dayAgo, limit)
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	forget(100, 0) // all were handled just now

	// As if all but the replays had been handled when they came.
	require.NoError(t, m.exec(t.Context(), `UPDATE inbox SET handled_at = $1 WHERE replay = ''`, dayAgo.UnixMicro()-1))
	forget(1, 1)
	forget(100, 1)
	forget(100, 0)
	require.Equal(t, 2, m.count(t, t.Context(), `SELECT count(*) FROM inbox WHERE event = $1 AND replay = 'r'`, old))
	require.Equal(t, 4, m.count(t, t.Context(), `SELECT count(*) FROM inbox WHERE event = $1`, young),
		"nobody looks at receipts of young events")

	require.NoError(t, m.exec(t.Context(), `CREATE TRIGGER no BEFORE DELETE ON inbox BEGIN SELECT raise(ABORT, 'no'); END`))
	require.NoError(t, m.exec(t.Context(), `UPDATE inbox SET handled_at = 0`))
	n, err := m.ForgetReceipts(t.Context(), dayAgo, 100)
	require.ErrorContains(t, err, "forget receipts: ")
	require.Zero(t, n)
}
