// Package gatewayfx declares the gateway module to the kernel. It holds no logic.
package gatewayfx

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/gateway"
	"holon/modules/gateway/internal/api"
	"holon/modules/gateway/internal/core"
	"holon/modules/user"
	"holon/transport/web"
)

// Module is the gateway module. Its graph also gives the node a *web.API to serve, the web.Limits to serve it in, and the
// *web.Recorder that keeps what failed and what was slow. It takes a trace.TracerProvider where there is one.
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
			fx.Provide(newAPI, newRecorder, (*Settings).limits),
		),
	}
}

func newKeyring(s user.Service, n modules.Node, settings *Settings, log *slog.Logger) *core.Keyring {
	return core.NewKeyring(s, filepath.Join(n.Dir, "keys.json"), settings.KeyRefresh, log, time.Now)
}

func newGatekeeper(k *core.Keyring, settings *Settings) *core.Gatekeeper {
	return core.NewGatekeeper(k, settings.TokenCache, time.Now)
}

func newRecorder(settings *Settings) *web.Recorder { return web.NewRecorder(settings.SlowRequest) }

// apiParams are what the edge needs.
type apiParams struct {
	fx.In
	Surfaces   modules.Surfaces
	Gatekeeper *core.Gatekeeper
	Limits     web.Limits
	Recorder   *web.Recorder
	Node       modules.Node
	Log        *slog.Logger
	Metrics    prometheus.Registerer
	// Tracer is there where traces are wanted.
	Tracer trace.TracerProvider `optional:"true"`
}

func newAPI(p apiParams) (*web.API, error) {
	return web.New(web.Params{
		Title: "holon", Version: p.Node.Version, About: about, Auth: p.Gatekeeper, Limits: p.Limits, Log: p.Log,
		Metrics: p.Metrics, Recorder: p.Recorder, Tracer: p.Tracer, Surfaces: p.Surfaces.All,
	})
}

// about opens the OpenAPI document.
const about = "Errors are RFC 9457 problems; switch on their `code`. Times are RFC 3339 in UTC, money is in minor " +
	"units, lists come in pages. Any route may answer 414 or 431 to a request that is too large to look at, and 500, " +
	"which is our fault and says no more."
