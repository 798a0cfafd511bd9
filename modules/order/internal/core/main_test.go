package core_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/modules/order/internal/store"
	"holon/modules/storage"
	"holon/modules/user"
	"holon/transport/contract"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that only the test moves.
type clock struct{ at atomic.Pointer[time.Time] }

func newClock() *clock {
	c := &clock{}
	start := time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.FixedZone("elsewhere", 3600))
	c.at.Store(&start)
	return c
}

func (c *clock) now() time.Time { return *c.at.Load() }

func (c *clock) pass(d time.Duration) {
	next := c.now().Add(d)
	c.at.Store(&next)
}

// everybody has an account.
type everybody struct{}

func (everybody) Exists(context.Context, user.ExistsRequest) (user.ExistsReply, error) {
	return user.ExistsReply{Exists: true}, nil
}

// openStore opens the module's real store in a folder of its own.
func openStore(t testing.TB) core.Store {
	t.Helper()
	migrations, err := store.Migrations()
	require.NoError(t, err)
	db, err := storage.New(storage.Params{
		Module: "order", Dir: t.TempDir(), Migrations: migrations, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	s := store.New(db)
	require.NoError(t, db.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, db.Close(context.WithoutCancel(t.Context()))) })
	return s
}

// ada is the context of somebody who orders.
func ada(t *testing.T) context.Context {
	t.Helper()
	return contract.WithPrincipal(t.Context(), contract.Principal{Subject: "ada"})
}

// pen is an order that is fine, under a key if one is given.
func pen(key string) order.PlaceRequest {
	return order.PlaceRequest{
		Currency: "EUR", Items: []order.Item{{SKU: "pen", Quantity: 1, UnitPrice: 100}},
		Once: contract.Once{Key: key, Fingerprint: []byte("body")},
	}
}
