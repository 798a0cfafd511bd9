package registry_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster/clustertest"
	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/registry"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
	"holon/transport/contract"
	"holon/transport/status"
)

func TestMain(m *testing.M) { clustertest.VerifyTestMain(m) }

func TestServicesOfThisNode(t *testing.T) {
	t.Parallel()
	placed := []modules.Module{registryfx.Module(), orderfx.Module(), modulestest.Fake(userfx.Module())}
	modulestest.Each(t, placed, func(t *testing.T, n *modulestest.Node) {
		s := modulestest.Client[registry.Service](n, "registry", contract.Gateway)
		reply, err := s.List(t.Context(), registry.ListRequest{})
		require.NoError(t, err)

		t.Run("each module once, by name", func(t *testing.T) {
			needs := map[string][]string{"order": {"user"}, "registry": {}, "user": {}}
			var names []string
			for _, service := range reply.Services {
				names = append(names, service.Name)
				require.Len(t, service.Instances, 1)
				i := service.Instances[0]
				require.Equal(t, "test~boot", i.ID)
				require.Equal(t, "test", i.Node)
				require.Equal(t, "test", i.Version)
				require.Equal(t, "ready", i.State)
				require.Equal(t, needs[service.Name], i.Dependencies, "none is a list too")
				require.WithinDuration(t, time.Now(), i.Since, time.Minute)
				require.Equal(t, time.UTC, i.Since.Location())
			}
			require.Equal(t, []string{"order", "registry", "user"}, names)
		})
		t.Run("one by its name", func(t *testing.T) {
			for _, want := range reply.Services {
				got, err := s.Get(t.Context(), registry.GetRequest{Name: want.Name})
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
		})
		t.Run("unknown name", func(t *testing.T) {
			for _, name := range []string{"", "gateway", "Order", "order "} {
				_, err := s.Get(t.Context(), registry.GetRequest{Name: name})
				e := modulestest.Refused(t, err, status.NotFound, "service_not_found")
				require.NotEmpty(t, e.Details[status.DetailHint])
			}
		})
		t.Run("other callers", func(t *testing.T) {
			for _, caller := range []contract.Caller{"order", "user", "registry", ""} {
				s := modulestest.Client[registry.Service](n, "registry", caller)
				_, err := s.List(t.Context(), registry.ListRequest{})
				_, getErr := s.Get(t.Context(), registry.GetRequest{Name: "order"})
				for _, err := range []error{err, getErr} {
					require.ErrorIs(t, err, status.New(status.PermissionDenied, "caller_not_allowed", ""))
				}
			}
		})
	}, modulestest.Together())
}
