package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGetServices(t *testing.T) {
	t.Parallel()
	placed := []modules.Module{gatewayfx.Module(), orderfx.Module(), registryfx.Module(), modulestest.Fake(userfx.Module())}
	modulestest.Each(t, placed, func(t *testing.T, n *modulestest.Node) {
		get := func(t *testing.T, path string) modulestest.Reply {
			return n.Do(t, modulestest.Request{Method: http.MethodGet, Path: path})
		}
		t.Run("200 with all for everybody", func(t *testing.T) {
			services := get(t, "/registry/services").OK(t, http.StatusOK, "services", "next_cursor")["services"].([]any)
			var names []any
			for _, service := range services {
				modulestest.HasNames(t, service, "name", "instances")
				names = append(names, service.(map[string]any)["name"])
			}
			require.Equal(t, []any{"gateway", "order", "registry", "user"}, names)
		})
		t.Run("200 with one", func(t *testing.T) {
			service := get(t, "/registry/services/order").OK(t, http.StatusOK, "name", "instances")
			instance := service["instances"].([]any)[0]
			modulestest.HasNames(t, instance, "id", "kind", "node", "version", "state", "health", "dependencies", "since")
			require.Equal(t, []any{"user"}, instance.(map[string]any)["dependencies"])
		})
		t.Run("404 for what is not there", func(t *testing.T) {
			p := get(t, "/registry/services/nobody").Problem(t, http.StatusNotFound, "service_not_found")
			require.NotEmpty(t, p["hint"])
		})
		t.Run("503 while the module is away", func(t *testing.T) {
			n.Withdraw("registry")
			get(t, "/registry/services").Problem(t, http.StatusServiceUnavailable, "module_unavailable")
		})
	}, modulestest.Together())
}
