package api

import (
	"holon/modules/order"
	"holon/modules/user/internal/core"
	"holon/transport/contract"
	"holon/transport/events"
)

// Orders is the subscriber that counts what users have ordered. Hearing of an order again changes nothing.
var Orders = contract.Subscriber{Name: "user.orders", Replayable: true,
	Topics: []contract.AnyTopic{order.WasCreated, order.WasConfirmed, order.WasCancelled}}

// Subscriptions ties the module's subscribers to the core.
func Subscriptions(c *core.Core) []events.Subscription {
	return []events.Subscription{events.Subscribe(Orders,
		events.On(order.WasCreated, c.OrderChanged),
		events.On(order.WasConfirmed, c.OrderChanged),
		events.On(order.WasCancelled, c.OrderChanged),
	)}
}
