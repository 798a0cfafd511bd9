// Package gatewayfx declares the gateway module to the kernel. It holds no logic.
package gatewayfx

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/gateway"
	"holon/modules/gateway/internal/api"
	"holon/modules/gateway/internal/core"
	"holon/modules/user"
	"holon/transport/web"
)

// Module is the gateway module. Its graph also gives the node a *web.API to serve and the web.Limits to serve it in.
func Module() modules.Module {
	return modules.Module{
		Name:     "gateway",
		About:    "the public HTTP door to every module",
		Contract: gateway.Contract,
		Needs:    []string{"user"},
		Settings: func() any { return defaults() },
		Surface:  api.NewSurface,
		Offer: fx.Options(
			modules.Run(func(k *core.Keyring) modules.Runner { return k }),
			fx.Provide(fx.Private, newKeyring, newGatekeeper),
			fx.Provide(newAPI, (*Settings).limits),
		),
	}
}

func newKeyring(s user.Service, n modules.Node, settings *Settings, log *slog.Logger) *core.Keyring {
	return core.NewKeyring(s, filepath.Join(n.Dir, "keys.json"), settings.KeyRefresh, log, time.Now)
}

func newGatekeeper(k *core.Keyring, settings *Settings) *core.Gatekeeper {
	return core.NewGatekeeper(k, settings.TokenCache, time.Now)
}

func newAPI(s modules.Surfaces, g *core.Gatekeeper, l web.Limits, n modules.Node, log *slog.Logger, r prometheus.Registerer) (*web.API, error) {
	return web.New(web.Params{
		Title: "holon", Version: n.Version, About: about, Auth: g, Limits: l, Log: log, Metrics: r, Surfaces: s.All,
	})
}

// about opens the OpenAPI document.
const about = "Errors are RFC 9457 problems; switch on their `code`. Times are RFC 3339 in UTC, money is in minor " +
	"units, lists come in pages. Any route may answer 414 or 431 to a request that is too large to look at, and 500, " +
	"which is our fault and says no more."
