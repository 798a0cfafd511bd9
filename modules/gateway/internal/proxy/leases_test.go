package proxy_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/routes"
	"holon/modules/registry"
)

// leased is a lease of an upstream.
func leased(service, id, version string, u *upstream, edits ...func(*registry.Instance)) registry.Change {
	i := &registry.Instance{ID: id, Kind: registry.KindLease, Version: version, Address: strings.TrimPrefix(u.URL, "http://"), State: "ready"}
	for _, edit := range edits {
		edit(i)
	}
	return registry.Change{Service: service, ID: id, Instance: i}
}

func failing(i *registry.Instance) { i.Health.Status = registry.Failing }

func toService(name, path, service string) routes.Route {
	return with(to(name, path), func(r *routes.Route) { r.Service = service })
}

// TestLeasedServices holds that requests go to the instances that lease, as soon as a registry tells of them, and where they
// went last while nobody tells anything.
func TestLeasedServices(t *testing.T) {
	t.Parallel()
	one, two := newUpstream(t, echo), newUpstream(t, echo)
	f := newFront(t, toService("shop", "/shop", "shop"), with(toService("next", "/next", "shop"), func(r *routes.Route) { r.Version = "^2" }))

	got := f.ask("GET", "/shop", "")
	require.Equal(t, 503, got.code)
	require.Contains(t, got.body, "service shop cannot be asked: it has no instance")

	f.door.Follow([]registry.Change{leased("shop", "1", "1.0.0", one), leased("pay", "1", "1.0.0", two),
		{Service: "user", ID: "n~b", Instance: &registry.Instance{ID: "n~b", Kind: registry.KindModule, Address: "127.0.0.1:1"}}})
	for range 4 {
		require.Equal(t, 200, f.ask("GET", "/shop", "").code)
	}
	require.Equal(t, 4, one.count())
	require.Zero(t, two.count(), "another service's")
	got = f.ask("GET", "/next", "")
	require.Equal(t, 503, got.code)
	require.Contains(t, got.body, "none of its instances is of version ^2")

	f.door.Follow([]registry.Change{leased("shop", "2", "2.0.0", two)})
	require.Equal(t, 200, f.ask("GET", "/next", "").code)
	require.Equal(t, 1, two.count())

	f.door.Follow([]registry.Change{leased("shop", "1", "1.0.0", one, failing)})
	for range 6 {
		require.Equal(t, 200, f.ask("GET", "/shop", "").code)
	}
	require.Equal(t, 4, one.count(), "it fails its checks")
	f.door.Follow([]registry.Change{{Service: "shop", ID: "2"}})
	require.Equal(t, 200, f.ask("GET", "/shop", "").code, "one that fails its checks is better than nobody")
	require.Equal(t, 5, one.count())

	f.load(toService("shop", "/other", "shop"))
	require.Equal(t, 200, f.ask("GET", "/other", "").code, "a reload forgets nobody")
	f.door.Follow([]registry.Change{{Service: "shop", ID: "1"}, {Service: "shop", ID: "1"}, {Service: "none", ID: "1"}})
	require.Equal(t, 503, f.ask("GET", "/other", "").code)
}

// TestLeasedWeights holds that shares are by version, whoever comes and goes.
func TestLeasedWeights(t *testing.T) {
	t.Parallel()
	old, canary := newUpstream(t, echo), newUpstream(t, echo)
	f := newFront(t, with(toService("shop", "/shop", "shop"), func(r *routes.Route) {
		r.Weights = []routes.Weight{{Version: "1.0.0", Weight: 9}, {Version: "1.1.0", Weight: 1}}
	}))
	f.door.Follow([]registry.Change{leased("shop", "1", "1.0.0", old), leased("shop", "2", "1.1.0", canary), leased("shop", "3", "1.1.0", canary, func(i *registry.Instance) {
		i.Address = "127.0.0.1:1"
	}), leased("shop", "4", "3.0.0", canary)})
	for range 200 {
		require.Equal(t, 200, f.ask("GET", "/shop", "").code)
	}
	require.InDelta(t, 20, canary.count(), 18)
	require.InDelta(t, 180, old.count(), 20)
}

// TestLeasesGoNowhereElse holds that a lease does not make a gateway ask what no service is.
func TestLeasesGoNowhereElse(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, echo)
	f := newFront(t, toService("shop", "/shop", "shop"))
	f.door.Follow([]registry.Change{leased("shop", "1", "1.0.0", u, func(i *registry.Instance) { i.Address = "169.254.169.254:80" })})
	got := f.ask("GET", "/shop", "")
	require.Equal(t, http.StatusServiceUnavailable, got.code)
	require.Contains(t, got.body, registry.ErrElsewhere.Error())
}
