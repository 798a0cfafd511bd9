package order

import "holon/transport/contract"

// What the module announces, keyed by the order's id. The event is the order as the change left it, so that whoever
// listens need not ask back.
var (
	WasCreated   = topic("order.created")
	WasConfirmed = topic("order.confirmed")
	WasCancelled = topic("order.cancelled")
)

func topic(name string) contract.Topic[Order] {
	return contract.Topic[Order]{Name: name, Schema: 1,
		Key:     func(o Order) string { return o.ID },
		Version: func(o Order) int64 { return o.Version },
	}
}
