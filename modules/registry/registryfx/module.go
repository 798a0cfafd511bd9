// Package registryfx declares the registry module to the kernel and shows it what the kernel knows of this node.
package registryfx

import (
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/registry"
	"holon/modules/registry/internal/api"
	"holon/modules/registry/internal/core"
)

// Module is the registry module.
func Module() modules.Module {
	return modules.Module{
		Name:     "registry",
		About:    "which services there are and where they run",
		Contract: registry.Contract,
		Client:   api.NewClient,
		Surface:  api.NewSurface,
		Offer: fx.Options(
			modules.Methods(api.Methods),
			fx.Provide(fx.Private, core.New, newView),
		),
	}
}

// view is what this node knows: itself.
type view struct {
	node  modules.Node
	board *modules.Board
	needs map[string][]string
}

func newView(n modules.Node, b *modules.Board, p modules.Placement) core.View {
	v := &view{node: n, board: b, needs: make(map[string][]string)}
	for _, m := range p.All {
		v.needs[m.Name] = append([]string{}, m.Needs...)
	}
	return v
}

func (v *view) Services() map[string][]registry.Instance {
	out := make(map[string][]registry.Instance)
	for _, s := range v.board.All() {
		out[s.Module] = []registry.Instance{{
			ID: v.node.Name + "~" + v.node.Boot, Node: v.node.Name, Version: v.node.Version,
			State: string(s.State), Dependencies: v.needs[s.Module], Since: s.Since,
		}}
	}
	return out
}
