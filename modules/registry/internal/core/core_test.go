package core_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/internal/core"
	"holon/transport/status"
)

type view map[string][]registry.Instance

func (v view) Services() map[string][]registry.Instance { return v }

func TestListings(t *testing.T) {
	t.Parallel()
	instances := []registry.Instance{{ID: "b~2"}, {ID: "a~9"}, {ID: "b~1"}}
	given := slices.Clone(instances)
	sorted := []registry.Instance{{ID: "a~9"}, {ID: "b~1"}, {ID: "b~2"}}
	c := core.New(view{"user": instances, "order": {{ID: "c~1"}}, "ghost": nil})

	t.Run("services by name, instances by id", func(t *testing.T) {
		t.Parallel()
		reply, err := c.List(t.Context(), registry.ListRequest{})
		require.NoError(t, err)
		require.Equal(t, []string{"ghost", "order", "user"},
			[]string{reply.Services[0].Name, reply.Services[1].Name, reply.Services[2].Name})
		require.Equal(t, []registry.Instance{}, reply.Services[0].Instances, "none is a list too")
		require.Equal(t, sorted, reply.Services[2].Instances)
		got, err := c.Get(t.Context(), registry.GetRequest{Name: "user"})
		require.NoError(t, err)
		require.Equal(t, reply.Services[2], got)
		require.Equal(t, given, instances, "the view is not ours to sort")
	})
	t.Run("service without an instance", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"ghost", "nobody"} {
			_, err := c.Get(t.Context(), registry.GetRequest{Name: name})
			modulestest.Refused(t, err, status.NotFound, "service_not_found")
		}
	})
	t.Run("nothing known is an empty list", func(t *testing.T) {
		t.Parallel()
		reply, err := core.New(view{}).List(t.Context(), registry.ListRequest{})
		require.NoError(t, err)
		require.Equal(t, []registry.Listing{}, reply.Services)
	})
}
