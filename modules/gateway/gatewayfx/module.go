// Package gatewayfx declares the gateway module to the kernel. It holds no logic.
package gatewayfx

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"holon/cluster"
	"holon/modules"
	"holon/modules/gateway"
	"holon/modules/gateway/internal/api"
	"holon/modules/gateway/internal/core"
	"holon/modules/gateway/internal/guard"
	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/proxy"
	"holon/modules/registry"
	"holon/modules/user"
	"holon/transport/adapter"
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
		Uses:     []string{"registry"},
		Settings: func() any { return defaults() },
		Surface:  api.NewSurface,
		Offer: fx.Options(
			modules.Run(func(k *core.Keyring, i *core.Issuers, p *core.Programs, r *Routes) modules.Runner {
				return together{k, i, p, r}
			}),
			fx.Provide(fx.Private, newKeyring, newIssuers, newPrograms, newGatekeeper),
			fx.Provide(newAPI, newRecorder, (*Settings).limits, (*Settings).certificate),
		),
	}
}

// together are runners that start one after the other and stop the other way.
type together []modules.Runner

func (t together) Start(ctx context.Context) error {
	for i, r := range t {
		if err := r.Start(ctx); err != nil {
			t[:i].Stop()
			return err
		}
	}
	return nil
}

func (t together) Stop() {
	for _, r := range slices.Backward(t) {
		r.Stop()
	}
}

func newKeyring(s user.Service, n modules.Node, settings *Settings, log *slog.Logger) *core.Keyring {
	return core.NewKeyring(s, filepath.Join(n.Dir, "keys.json"), settings.KeyRefresh, log, time.Now)
}

func newIssuers(n modules.Node, settings *Settings, log *slog.Logger) (*core.Issuers, error) {
	return core.NewIssuers(core.IssuersParams{
		List: settings.Issuers, Fetch: api.NewFetcher().Fetch, Dir: n.Dir, Every: settings.IssuerRefresh, Log: log, Now: time.Now,
	})
}

// questions is how many API keys are asked for at once.
const questions = 32

func newPrograms(s user.Service, settings *Settings, log *slog.Logger) *core.Programs {
	return core.NewPrograms(core.ProgramsParams{Users: s, Remembered: settings.TokenCache, Questions: questions, Log: log, Now: time.Now})
}

func newGatekeeper(k *core.Keyring, i *core.Issuers, p *core.Programs, settings *Settings) *core.Gatekeeper {
	return core.New(core.Params{Keys: k, Issuers: i, Programs: p, Remembered: settings.TokenCache, Now: time.Now})
}

func newRecorder(settings *Settings) *web.Recorder { return web.NewRecorder(settings.SlowRequest) }

// apiParams are what the edge needs.
type apiParams struct {
	fx.In
	Surfaces   modules.Surfaces
	Gatekeeper *core.Gatekeeper
	Issuers    *core.Issuers
	Limits     web.Limits
	Recorder   *web.Recorder
	Node       modules.Node
	Log        *slog.Logger
	Metrics    prometheus.Registerer
	Settings   *Settings
	Placement  modules.Placement
	// Tracer is there where traces are wanted.
	Tracer trace.TracerProvider `optional:"true"`
	// Registry is absent in a binary without that module; then no service leases.
	Registry registry.Service `optional:"true"`
	// Cluster is absent where a node is by itself.
	Cluster  *cluster.Cluster `optional:"true"`
	Handlers *adapter.Adapter
}

func newAPI(p apiParams) (*web.API, *Routes, error) {
	counts, err := guard.NewMetrics(p.Metrics)
	if err != nil {
		return nil, nil, fmt.Errorf("register metrics of the gateway: %w", err)
	}
	trusted := trustedOf(p.Settings.TrustedProxies)
	in := guard.Params{Keys: p.Settings.MaxClients, Gateways: gateways(p.Cluster), Client: trusted.Client, Metrics: counts}
	if p.Settings.Shed != shedNone {
		in.Crowd, in.Modules = crowd(), p.Settings.Shed == shedAll
	}
	g, err := guard.New(in)
	if err != nil {
		return nil, nil, err
	}
	api, err := web.New(web.Params{
		Title: "holon", Version: p.Node.Version, About: about, Auth: p.Gatekeeper, Guard: g, Limits: p.Limits, Log: p.Log,
		Metrics: p.Metrics, Recorder: p.Recorder, Tracer: p.Tracer, Surfaces: p.Surfaces.All,
	})
	if err != nil {
		return nil, nil, err
	}
	door := proxy.New(proxy.Params{Auth: p.Gatekeeper, Guard: g, Trusted: trusted, Log: p.Log, Module: api.ServeModule, Handlers: p.Handlers, Versions: handlerVersions(p.Placement.All), Forget: func(p *web.Passage) {
		api.Forget(p)
		g.Forget(p.Name)
	}})
	api.GoOutside(door)
	r := &Routes{api: api, door: door, guard: g, issuers: p.Issuers, follow: &following{service: p.Registry, door: door, log: p.Log}, majors: make(map[string]int), handlers: handlerRoutes(p.Placement.All, p.Limits)}
	r.placing = &placing{cluster: p.Cluster, door: door}
	for _, own := range r.handlers {
		r.placing.names = append(r.placing.names, own.Service)
	}
	for _, c := range modules.Contracts(p.Placement.All) {
		r.majors[c.Module] = c.Major
	}
	if err := collisions(r.handlers, r.builtins()); err != nil {
		return nil, nil, err
	}
	if err := p.Metrics.Register(collector{door}); err != nil {
		return nil, nil, fmt.Errorf("register metrics of the gateway: %w", err)
	}
	_, err = r.Reload(p.Settings)
	return api, r, err
}

// gateways counts those that are alive; each view is counted once.
func gateways(c *cluster.Cluster) func() int {
	if c == nil {
		return nil
	}
	type counted struct {
		view *cluster.View
		n    int
	}
	var last atomic.Pointer[counted]
	return func() int {
		v := c.View()
		if l := last.Load(); l != nil && l.view == v {
			return l.n
		}
		n := len(v.Instances(gateway.Contract.Module))
		last.Store(&counted{v, n})
		return n
	}
}

// crowd begins with more than most targets need at once, and learns: a limit that has to grow first would refuse a crowd
// that can be served.
func crowd() *limit.Params {
	p := limit.DefaultParams()
	p.Start = 256
	return &p
}

// certificate is that of the public port, nil for none.
func (s *Settings) certificate(log *slog.Logger) (*web.Certificate, error) {
	if s.TLS.CertFile == "" {
		return nil, nil
	}
	return web.LoadCertificate(s.TLS.CertFile, s.TLS.KeyFile, log)
}

// about opens the OpenAPI document.
const about = "Errors are RFC 9457 problems; switch on their `code`. Times are RFC 3339 in UTC, money is in minor " +
	"units, lists come in pages. Any route may answer 414 or 431 to a request that is too large to look at, and 500, " +
	"which is our fault and says no more."
