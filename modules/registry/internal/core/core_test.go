package core_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/internal/core"
	"holon/modules/registry/internal/spread"
	"holon/transport/contract"
	"holon/transport/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// view is what gossip tells one registry.
type view struct {
	services map[string][]registry.Instance
	peers    func() []spread.Peer
}

func (v *view) Services() map[string][]registry.Instance { return v.services }
func (v *view) Nodes() []registry.Node                   { return []registry.Node{{Name: "n1"}} }
func (v *view) Module(name string) bool                  { return name == "user" || name == "order" }
func (v *view) Seeking() bool                            { return false }
func (v *view) Watch() (<-chan struct{}, func())         { return nil, func() {} }
func (v *view) Peers() []spread.Peer {
	if v.peers == nil {
		return nil
	}
	return v.peers()
}

func alone(v *view) *core.Core {
	return core.New(core.Params{Node: "n1", Boot: "b1", View: v, Log: slog.New(slog.DiscardHandler), Now: time.Now})
}

func module(id string) registry.Instance {
	return registry.Instance{ID: id, Kind: registry.KindModule, State: "ready", Dependencies: []string{}}
}

func TestListings(t *testing.T) {
	t.Parallel()
	instances := []registry.Instance{module("b~2"), module("a~9"), module("b~1")}
	given := slices.Clone(instances)
	v := &view{services: map[string][]registry.Instance{"user": instances, "order": {module("c~1")}, "ghost": nil}}
	c := alone(v)

	reply, err := c.List(t.Context(), registry.ListRequest{})
	require.NoError(t, err)
	require.Equal(t, []registry.Listing{
		{Name: "order", Instances: []registry.Instance{module("c~1")}},
		{Name: "user", Instances: []registry.Instance{module("a~9"), module("b~1"), module("b~2")}},
	}, reply.Services)
	got, err := c.Get(t.Context(), registry.GetRequest{Name: "user"})
	require.NoError(t, err)
	require.Equal(t, reply.Services[1], got)
	require.Equal(t, given, instances, "the view is not ours to sort")
	for _, name := range []string{"ghost", "nobody"} {
		_, err := c.Get(t.Context(), registry.GetRequest{Name: name})
		modulestest.Refused(t, err, status.NotFound, "service_not_found")
	}

	v.services = map[string][]registry.Instance{"order": {module("c~2")}}
	reply, err = c.List(t.Context(), registry.ListRequest{})
	require.NoError(t, err)
	require.Equal(t, []registry.Listing{{Name: "order", Instances: []registry.Instance{module("c~2")}}}, reply.Services)
}

func TestNothingKnownIsAnEmptyList(t *testing.T) {
	t.Parallel()
	reply, err := alone(&view{}).List(t.Context(), registry.ListRequest{})
	require.NoError(t, err)
	require.Equal(t, []registry.Listing{}, reply.Services)
}

// TestWhoMayLease holds that names are leased by API keys that were issued for them and by admins, and by nobody else.
func TestWhoMayLease(t *testing.T) {
	t.Parallel()
	c := alone(&view{})
	put := registry.PutRequest{Service: "shop", ID: "1", Registration: registry.Registration{Address: "10.0.0.1:80"}}
	for what, row := range map[string]struct {
		who contract.Principal
		may bool
	}{
		"nobody":            {contract.Principal{}, false},
		"a user":            {contract.Principal{Subject: "u"}, false},
		"a user's scopes":   {contract.Principal{Subject: "u", Scopes: []string{"registry:shop"}}, false},
		"an admin":          {contract.Principal{Subject: "u", Roles: []string{contract.RoleAdmin}}, true},
		"a key for it":      {contract.Principal{Subject: "u", Key: "k", Scopes: []string{"registry:shop"}}, true},
		"a key for more":    {contract.Principal{Subject: "u", Key: "k", Scopes: []string{"registry:sh*"}}, true},
		"a key for all":     {contract.Principal{Subject: "u", Key: "k", Scopes: []string{contract.ScopeAll}}, true},
		"a key for another": {contract.Principal{Subject: "u", Key: "k", Scopes: []string{"registry:pay", "service:shop", "module:registry"}}, false},
	} {
		ctx := contract.WithPrincipal(t.Context(), row.who)
		_, putErr := c.Put(ctx, put)
		_, beatErr := c.Beat(ctx, registry.BeatRequest{Service: "shop", ID: "1"})
		_, dropErr := c.Drop(ctx, registry.DropRequest{Service: "shop", ID: "1"})
		for _, err := range []error{putErr, beatErr, dropErr} {
			if row.may {
				require.NoError(t, err, what)
			} else {
				require.ErrorIs(t, err, status.New(status.PermissionDenied, "out_of_scope", ""), what)
			}
		}
	}
	put.Service = "order"
	_, err := c.Put(contract.WithPrincipal(t.Context(), contract.Principal{Key: "k", Scopes: []string{"*"}}), put)
	require.ErrorIs(t, err, status.New(status.Conflict, "is_a_module", ""))
}
