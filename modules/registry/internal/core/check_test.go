package core_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/check"
	"holon/modules/registry/internal/core"
)

// TestChecksMove holds that one node asks an instance, that all know what it found, and that another one asks when it has gone.
func TestChecksMove(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var asked atomic.Int64
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer app.Close()
	f := newFleet(t)
	defer f.stopAll()
	names := []string{"a", "b", "c"}
	for _, name := range names {
		f.start(name, "1")
	}
	_, err := f.core("a").Put(admin(t), registry.PutRequest{Service: "shop", ID: "1", Registration: registry.Registration{
		Address: strings.TrimPrefix(app.URL, "http://"), TTL: 300, Check: registry.Check{HTTP: "/health", Every: 2, Rise: 1, Fall: 1}}})
	require.NoError(t, err)
	health := func(c *core.Core) registry.Health {
		l, err := c.Get(t.Context(), registry.GetRequest{Name: "shop"})
		if err != nil {
			return registry.Health{}
		}
		return l.Instances[0].Health
	}
	await := func(status string, left ...string) {
		require.Eventually(t, func() bool {
			for _, name := range left {
				if health(f.core(name)).Status != status {
					return false
				}
			}
			return true
		}, 10*time.Second, 20*time.Millisecond, status)
	}
	await(registry.Passing, names...)
	began := time.Now()
	require.Eventually(t, func() bool { return asked.Load() >= 3 }, 10*time.Second, 20*time.Millisecond)
	require.Greater(t, time.Since(began), 3*time.Second, "the other two do not ask it as well")
	owner := check.Owner(check.Key{Service: "shop", ID: "1"}, names)
	f.stop(owner)
	broken.Store(true)
	var left []string
	for _, name := range names {
		if name != owner {
			left = append(left, name)
		}
	}
	await(registry.Failing, left...)
	require.Equal(t, "it answers 503 to GET /health", health(f.core(left[0])).Reason)
	require.Equal(t, health(f.core(left[0])), health(f.core(left[1])))
}
