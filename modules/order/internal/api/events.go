package api

import (
	"holon/modules/order/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/events"
)

// Customers is the module's interest in users: whom it lets order without asking, and whose orders it cancels.
var Customers = contract.Subscriber{
	Name:       "order.customers",
	Topics:     []contract.AnyTopic{user.WasCreated, user.WasUpdated, user.WasDeleted},
	Replayable: true,
}

// Subscriptions ties the module's interests to the core.
func Subscriptions(c *core.Core) []events.Subscription {
	return []events.Subscription{events.Subscribe(Customers,
		events.On(user.WasCreated, c.UserChanged),
		events.On(user.WasUpdated, c.UserChanged),
		events.OnPrepared(user.WasDeleted, c.CancelOrders, c.UserDeleted),
	)}
}
