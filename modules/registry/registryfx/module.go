// Package registryfx declares the registry module to the kernel and shows it what the kernel knows of this node and the
// cluster of the others.
package registryfx

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/registry"
	"holon/modules/registry/internal/api"
	"holon/modules/registry/internal/core"
	"holon/transport/rpc"
)

// Module is the registry module. Its graph also gives the node a *Desk.
func Module() modules.Module {
	return modules.Module{
		Name:     "registry",
		About:    "which services there are, where they run and how they are",
		Contract: registry.Contract,
		Settings: func() any { return defaults() },
		Client:   api.NewClient,
		Surface:  api.NewSurface,
		Offer: fx.Options(
			modules.Methods(api.Methods),
			modules.Run(func(c *core.Core) modules.Runner { return c }),
			fx.Provide(fx.Private, newCore, newView),
			fx.Provide(newDesk),
		),
	}
}

func newCore(v core.View, n modules.Node, s *Settings, l rpc.Link, log *slog.Logger) *core.Core {
	return core.New(core.Params{
		Node: n.Name, Boot: n.Boot, View: v, Sync: rpc.BindAt(l, registry.Sync), Fetch: rpc.BindAt(l, registry.Fetch),
		MaxLeases: s.MaxLeases, GuardMin: s.GuardMin, Log: log, Now: time.Now,
	})
}

// Desk is the registry of this node, for those who operate it.
type Desk struct{ core *core.Core }

func newDesk(c *core.Core) *Desk { return &Desk{c} }

// State is how the registry of this node is.
type State = core.State

// State looks at it.
func (d *Desk) State() State { return d.core.State() }

// Released is what came of a release.
type Released = core.Released

// Release ends the leases that the guards keep, on all registry nodes.
func (d *Desk) Release(ctx context.Context) Released { return d.core.Release(ctx) }
