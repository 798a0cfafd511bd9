package registry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/cluster"
	"holon/cluster/clustertest"
	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

// seen is a registry on a node that is part of a cluster.
func seen(c *cluster.Cluster) modules.Module {
	m := registryfx.Module()
	m.Offer = fx.Options(m.Offer, fx.Supply(fx.Private, c))
	return m
}

// TestServicesOfTheCluster run where the view says, each in its node's state.
func TestServicesOfTheCluster(t *testing.T) {
	fleet := clustertest.NewFleet(t)
	own := fleet.Add(func(p *cluster.Params) {
		p.Node, p.Modules = "test", []cluster.Module{{Name: "registry", Major: 1}}
		p.Known = []string{"registry", "user", "node"}
	})
	other := fleet.Add(func(p *cluster.Params) {
		p.Node, p.Version = "other", "9.9"
		p.Modules = []cluster.Module{{Name: "registry", Major: 1}, {Name: "user", Major: 1}, {Name: "node", Major: 1}, {Name: "strange", Major: 1}}
	})
	fleet.AwaitAll(fleet.Nodes, 10*time.Second, "both", func(v *cluster.View) bool { return len(v.Nodes) == 2 })
	state := func(s cluster.State, modules ...string) {
		for _, m := range modules {
			require.NoError(t, other.SetModule(m, s))
		}
		other.SetState(s)
		fleet.Await(10*time.Second, "state known", func() bool {
			n, _ := own.View().Node("other")
			return n.State == s
		})
	}
	ask := func(t *testing.T, s registry.Service, name string) map[string]string {
		l, err := s.Get(t.Context(), registry.GetRequest{Name: name})
		require.NoError(t, err)
		states := make(map[string]string)
		for _, i := range l.Instances {
			states[i.Node] = i.State
		}
		return states
	}
	elsewhere := modulestest.Elsewhere(userfx.Module())
	for _, mode := range modulestest.Modes()[:2] { // a cluster is one node's, however calls reach it
		n := modulestest.Start(t, mode, []modules.Module{seen(own.Cluster)}, elsewhere)
		s := modulestest.Client[registry.Service](n, "registry", contract.Gateway)
		require.Equal(t, map[string]string{"test": "ready", "other": "starting"}, ask(t, s, "registry"))
		state(cluster.Ready, "user")
		require.Equal(t, map[string]string{"test": "ready", "other": "starting"}, ask(t, s, "registry"), "a module may be later than its node")
		require.Equal(t, map[string]string{"other": "ready"}, ask(t, s, "user"))
		state(cluster.Draining)
		require.Equal(t, map[string]string{"test": "ready", "other": "draining"}, ask(t, s, "registry"))

		own.SetState(cluster.Draining)
		fleet.Await(10*time.Second, "own state", func() bool { return own.View().Self.State == cluster.Draining })
		require.Equal(t, map[string]string{"test": "draining", "other": "draining"}, ask(t, s, "registry"))

		all, err := s.List(t.Context(), registry.ListRequest{})
		require.NoError(t, err)
		require.Len(t, all.Services, 2, "nodes are no service, and what this binary does not know is none of its")
		i := all.Services[1].Instances[0]
		require.Equal(t, "other~"+other.Boot, i.ID)
		require.Equal(t, "9.9", i.Version)
		require.Equal(t, []string{}, i.Dependencies)
		require.WithinDuration(t, time.Now(), i.Since, time.Minute)
		require.Equal(t, time.UTC, i.Since.Location())
		own.SetState(cluster.Ready)
		state(cluster.Starting, "user")
		fleet.Await(10*time.Second, "own state", func() bool { return own.View().Self.State == cluster.Ready })
	}
}
