package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/events"
)

// The tests play the module order, with one table of its own, and the subscribers of its events.
const (
	created = "order.created"
	paid    = "order.paid"
	mailer  = "mail.confirmations"
	counter = "stats.orders"
)

var errOwn = errors.New("the module's own error")

var schema = fstest.MapFS{"00001_orders.sql": {Data: []byte("-- +goose Up\nCREATE TABLE orders (id text PRIMARY KEY);\n")}}

// module is an open database with its event log and queries of its own.
type module struct {
	*eventlog.Log
	db  *storage.DB
	sql *storage.Queries[storage.DBTX]
}

func newModule(t require.TestingT, name, dir string) module {
	db, err := storage.New(storage.Params{Module: name, Dir: dir, Migrations: schema, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	raw := func(_ context.Context, db storage.DBTX) (storage.DBTX, error) { return db, nil }
	return module{Log: eventlog.New(db), db: db, sql: storage.Bind(db, raw)}
}

// openModule opens a module's database and closes it at the end of the test.
func openModule(t testing.TB, dir string) module {
	t.Helper()
	m := newModule(t, "order", dir)
	require.NoError(t, m.db.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, m.db.Close(context.WithoutCancel(t.Context()))) })
	return m
}

// write runs fn in a transaction.
func (m module) write(ctx context.Context, fn func(ctx context.Context) error) error {
	return m.sql.Write(ctx, func(ctx context.Context, _ storage.DBTX) error { return fn(ctx) })
}

// exec runs a statement in the transaction that ctx belongs to, or one of its own.
func (m module) exec(ctx context.Context, text string, args ...any) error {
	run := func(ctx context.Context, db storage.DBTX) error {
		_, err := db.ExecContext(ctx, text, args...)
		return err
	}
	if db, err := m.sql.Within(ctx); err == nil {
		return run(ctx, db)
	}
	return m.sql.Write(ctx, run)
}

// count returns what a query of a single number gives.
func (m module) count(t require.TestingT, ctx context.Context, text string, args ...any) (n int) {
	require.NoError(t, m.sql.Read(ctx, func(ctx context.Context, db storage.DBTX) error {
		return db.QueryRowContext(ctx, text, args...).Scan(&n)
	}))
	return n
}

// order is an event of the order with the number n.
func order(topic string, n int) *events.Event {
	return &events.Event{
		Topic: topic, Key: fmt.Sprint("order-", n), Version: int64(n), Schema: 1, Time: time.Now(),
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Data: fmt.Appendf(nil, `{"n":%d}`, n),
	}
}

// announce appends an event in a transaction of its own and returns its deliveries.
func (m module) announce(t require.TestingT, ctx context.Context, e *events.Event, subscribers ...string) (told []events.Delivery) {
	require.NoError(t, m.write(ctx, func(ctx context.Context) error {
		return m.Append(ctx, e, subscribers, func(ds []events.Delivery) { told = ds })
	}))
	return told
}

// fill announces n orders to the subscribers.
func (m module) fill(t require.TestingT, ctx context.Context, n int, subscribers ...string) (all []events.Delivery) {
	require.NoError(t, m.write(ctx, func(ctx context.Context) error {
		for i := range n {
			err := m.Append(ctx, order(created, i), subscribers, func(ds []events.Delivery) { all = append(all, ds...) })
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return all
}

// settle ends deliveries in the given state; refused ones with a reason and a time.
func (m module) settle(t require.TestingT, ctx context.Context, state events.State, ids ...int64) {
	var out []events.Outcome
	for _, id := range ids {
		o := events.Outcome{ID: id, State: state}
		if state != events.Delivered {
			o.Attempts, o.Reason = 3, "no"
		}
		if state == events.Retrying {
			o.Due = later
		}
		out = append(out, o)
	}
	require.NoError(t, m.Settle(ctx, out))
}

var later = time.Now().Add(time.Hour).UTC().Truncate(time.Microsecond)

// open returns all deliveries that are not done nor parked.
func (m module) open(t require.TestingT, ctx context.Context) []events.Delivery {
	open, err := m.Open(ctx, 0, 1<<20)
	require.NoError(t, err)
	return open
}

func (m module) list(t require.TestingT, ctx context.Context, f events.Filter) []events.Entry {
	entries, err := m.List(ctx, f)
	require.NoError(t, err)
	return entries
}

// ignore is for those who do not care what was committed.
func ignore([]events.Delivery) {}
