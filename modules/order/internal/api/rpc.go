package api

import (
	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/transport/rpc"
)

// Methods ties the contract's methods to the core.
func Methods(c *core.Core) []rpc.Handler {
	return []rpc.Handler{
		rpc.Handle(order.Place, c.Place),
		rpc.Handle(order.Get, c.Get),
		rpc.Handle(order.List, c.List),
		rpc.Handle(order.Confirm, c.Confirm),
		rpc.Handle(order.Cancel, c.Cancel),
	}
}

var _ order.Service = (*core.Core)(nil)
