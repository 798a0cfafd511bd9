package core_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/storage"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store"
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

// openStore opens the module's real store in a folder of its own.
func openStore(t testing.TB) core.Store {
	t.Helper()
	migrations, err := store.Migrations()
	require.NoError(t, err)
	db, err := storage.New(storage.Params{
		Module: "user", Dir: t.TempDir(), Migrations: migrations, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	s := store.New(db)
	require.NoError(t, db.Open(t.Context()))
	t.Cleanup(func() { require.NoError(t, db.Close(context.WithoutCancel(t.Context()))) })
	return s
}

// announcer is an Announcer made of a function; without one it takes everything and tells nobody.
type announcer struct {
	announce func(context.Context, contract.Fact) error
}

func (a announcer) Announce(ctx context.Context, f contract.Fact) error {
	if a.announce == nil {
		return nil
	}
	return a.announce(ctx, f)
}

// self is the context of an account that does something itself.
func self(t testing.TB, id string) context.Context {
	t.Helper()
	return contract.WithPrincipal(t.Context(), contract.Principal{Subject: id})
}

// start returns a started core over the real store.
func start(t *testing.T, s core.Store, c *clock, settings core.Settings) *core.Core {
	t.Helper()
	if settings.Hashes == 0 {
		settings.Hashes = 2
	}
	u, err := core.New(s, announcer{}, settings, c.now)
	require.NoError(t, err)
	require.NoError(t, u.Start(t.Context()))
	return u
}
