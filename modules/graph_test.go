package modules_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/order/orderfx"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
	"holon/transport/rpc"
	"holon/transport/web"
)

// Every way to choose among the modules makes a graph that is whole, with the stores of what was chosen and the door
// where the gateway is. None of them has touched a disk so far.
func TestEveryPlacement(t *testing.T) {
	t.Parallel()
	all := []modules.Module{gatewayfx.Module(), orderfx.Module(), registryfx.Module(), userfx.Module()}
	for chosen := 1; chosen < 1<<len(all); chosen++ {
		var placed, stores []string
		for i, m := range all {
			if chosen&(1<<i) == 0 {
				continue
			}
			placed = append(placed, m.Name)
			if m.Name == "order" || m.Name == "user" {
				stores = append(stores, m.Name)
			}
		}
		t.Run(strings.Join(placed, ","), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			var out struct {
				fx.In

				Host       *modules.Host
				Dispatcher *rpc.Dispatcher
				Board      *modules.Board
				API        *web.API `optional:"true"`
			}
			settings := make(map[string]any)
			for _, m := range all {
				if m.Settings != nil {
					settings[m.Name] = m.Settings()
				}
			}
			require.NoError(t, build(t, modules.Placement{All: all, Placed: placed, Settings: settings}, dir, &out))

			var opened, standing []string
			for _, s := range out.Host.Stores() {
				opened = append(opened, s.Module())
			}
			require.Equal(t, stores, opened)
			for _, s := range out.Board.All() {
				require.Equal(t, modules.Starting, s.State)
				standing = append(standing, s.Module)
			}
			require.Equal(t, placed, standing)
			require.NoDirExists(t, dir)

			if !slices.Contains(placed, "gateway") {
				require.Nil(t, out.API)
				return
			}
			var surfaces []string
			for _, r := range out.API.Routes() {
				surfaces = append(surfaces, r.Module)
			}
			slices.Sort(surfaces)
			require.Equal(t, modules.Names(all), slices.Compact(surfaces), "a gateway opens the door to all, wherever they run")
		})
	}
}
