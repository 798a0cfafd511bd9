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
	"holon/transport/contract"
	"holon/transport/events"
)

// Module is the user module.
func Module() modules.Module {
	return modules.Module{
		Name:        "user",
		About:       "accounts, sign-in, API keys and the keys of access tokens",
		Contract:    user.Contract,
		Subscribers: []contract.Subscriber{api.Orders},
		Settings:    func() any { return defaults() },
		Client:      api.NewClient,
		Surface:     api.NewSurface,
		Offer: fx.Options(
			modules.Storage(store.Migrations),
			modules.Methods(api.Methods),
			modules.Subscriptions(api.Subscriptions),
			modules.Run(newRunner),
			fx.Provide(fx.Private,
				store.New,
				func(s core.Store, o *events.Outbox, settings *Settings) (*core.Core, error) {
					return core.New(s, o, settings.core(), time.Now)
				}),
		),
	}
}
