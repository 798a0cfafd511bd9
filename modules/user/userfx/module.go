// Package userfx declares the user module to the kernel. It holds no logic.
package userfx

import (
	"time"

	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/user"
	"holon/modules/user/internal/api"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store"
)

// Module is the user module.
func Module() modules.Module {
	return modules.Module{
		Name:     "user",
		About:    "accounts, sign-in and the keys of access tokens",
		Contract: user.Contract,
		Settings: func() any { return defaults() },
		Client:   api.NewClient,
		Surface:  api.NewSurface,
		Offer: fx.Options(
			modules.Storage(store.Migrations),
			modules.Methods(api.Methods),
			modules.Run(newRunner),
			fx.Provide(fx.Private,
				store.New,
				func(s core.Store, settings *Settings) (*core.Core, error) {
					return core.New(s, settings.core(), time.Now)
				}),
		),
	}
}
