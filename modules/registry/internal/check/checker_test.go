package check_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/registry"
	"holon/modules/registry/internal/check"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var shop = check.Key{Service: "shop", ID: "1"}

// world is a service that is asked in a bubble, where a second costs nothing.
type world struct {
	mu    sync.Mutex
	err   error
	asked int
	mine  bool
	found []string
}

func (w *world) set(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

func (w *world) mineIs(mine bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mine = mine
}

func (w *world) told() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.found)
}

func (w *world) asks() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

func (w *world) checker(t *testing.T) *check.Checker {
	c := check.New(check.Params{
		Mine: func(check.Key) bool { w.mu.Lock(); defer w.mu.Unlock(); return w.mine },
		Found: func(_ check.Key, _ registry.Stamp, h registry.Health) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.found = append(w.found, h.Status+h.Reason)
		},
		Probe: func(context.Context, registry.Registration) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.asked++
			return w.err
		},
	})
	c.Start(t.Context())
	t.Cleanup(c.Stop)
	return c
}

func every10(rise, fall int) registry.Registration {
	return registry.Registration{Address: "10.0.0.1:80", Check: registry.Check{HTTP: "/health", Every: 10, Rise: rise, Fall: fall}}
}

func TestRiseAndFall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{mine: true}
		c := w.checker(t)
		c.Watch(shop, registry.Stamp{Count: 1}, every10(2, 3), registry.Health{Status: registry.Unknown})
		<-time.After(3 * time.Second)
		require.Equal(t, []string{"passing"}, w.told(), "one good answer is enough for one nobody had asked")

		w.set(errors.New(": down"))
		<-time.After(21 * time.Second)
		require.Equal(t, []string{"passing"}, w.told(), "two bad ones are not enough")
		<-time.After(11 * time.Second)
		require.Equal(t, []string{"passing", "failing: down"}, w.told())
		w.set(errors.New(": worse"))
		<-time.After(22 * time.Second)
		require.Equal(t, []string{"passing", "failing: down", "failing: worse"}, w.told(), "another reason is told once")

		w.set(nil)
		<-time.After(10 * time.Second)
		require.Len(t, w.told(), 3, "one good answer is not enough")
		<-time.After(12 * time.Second)
		require.Equal(t, "passing", w.told()[3])
	})
}

// TestPartsMove holds that a node asks nobody whose check is not its part, and goes on where another one stopped.
func TestPartsMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{err: errors.New(": down")}
		c := w.checker(t)
		c.Watch(shop, registry.Stamp{Count: 1}, every10(1, 1), registry.Health{Status: registry.Passing})
		<-time.After(time.Minute)
		require.Zero(t, w.asks())
		c.Watch(shop, registry.Stamp{Count: 1}, every10(1, 1), registry.Health{Status: registry.Failing, Reason: ": down"})
		w.mineIs(true)
		<-time.After(12 * time.Second)
		require.Empty(t, w.told(), "another one has found that before")
		w.set(nil)
		<-time.After(12 * time.Second)
		require.Equal(t, []string{"passing"}, w.told())
	})
}

// TestForgotten holds that nobody asks what is gone or has no check, and that a new registration counts at once.
func TestForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{mine: true}
		c := w.checker(t)
		c.Watch(shop, registry.Stamp{}, registry.Registration{Address: "10.0.0.1:80"}, registry.Health{Status: registry.Unknown})
		<-time.After(time.Minute)
		require.Zero(t, w.asks())
		c.Watch(shop, registry.Stamp{Count: 1}, every10(1, 1), registry.Health{Status: registry.Unknown})
		<-time.After(3 * time.Second)
		require.Equal(t, 1, w.asks())
		c.Watch(shop, registry.Stamp{Count: 2}, every10(1, 2), registry.Health{Status: registry.Unknown})
		<-time.After(3 * time.Second)
		require.Equal(t, 2, w.asks())
		c.Forget(shop)
		c.Forget(shop)
		<-time.After(time.Minute)
		require.Equal(t, 2, w.asks())
	})
}

// TestShares holds that parts are about equal, the same for all, and that only a lost node's part moves.
func TestShares(t *testing.T) {
	nodes := []string{"a", "b", "c"}
	parts := make(map[string]int)
	for i := range 3000 {
		k := check.Key{Service: fmt.Sprint("s", i/3), ID: fmt.Sprint(i % 3)}
		owner := check.Owner(k, nodes)
		parts[owner]++
		require.Equal(t, owner, check.Owner(k, []string{"c", "b", "a"}))
		if owner != "b" {
			require.Equal(t, owner, check.Owner(k, []string{"a", "c"}))
		}
	}
	for _, n := range nodes {
		require.InDelta(t, 1000, parts[n], 150)
	}
	require.Empty(t, check.Owner(shop, nil))
}
