// Package orderfx declares the order module to the kernel. It holds no logic.
package orderfx

import (
	"time"

	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/order"
	"holon/modules/order/internal/api"
	"holon/modules/order/internal/core"
	"holon/modules/order/internal/store"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/events"
)

// Module is the order module.
func Module() modules.Module {
	return modules.Module{
		Name:        "order",
		About:       "what people have ordered and what became of it",
		Contract:    order.Contract,
		Needs:       []string{"user"},
		Subscribers: []contract.Subscriber{api.Customers},
		Client:      api.NewClient,
		Surface:     api.NewSurface,
		Offer: fx.Options(
			modules.Storage(store.Migrations),
			modules.Methods(api.Methods),
			modules.Subscriptions(api.Subscriptions),
			modules.Run(newForgetter),
			fx.Provide(fx.Private,
				store.New,
				func(s core.Store, users user.Service, o *events.Outbox) *core.Core {
					return core.New(s, users, o, time.Now)
				}),
		),
	}
}
