// Package registryfx declares the registry module to the kernel and shows it what the kernel knows of this node and the
// cluster of the others.
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
