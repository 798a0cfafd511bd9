package order

import "holon/transport/contract"

// The methods of Service, each with those who may call it. The changing ones repeat safely only with a key, so they
// are not idempotent by themselves.
var (
	Place = contract.Method[PlaceRequest, Result]{Name: "order.place",
		Callers: []contract.Caller{contract.Gateway}}
	Get = contract.Method[GetRequest, Order]{Name: "order.get", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	List = contract.Method[ListRequest, Page]{Name: "order.list", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Confirm = contract.Method[ChangeRequest, Result]{Name: "order.confirm",
		Callers: []contract.Caller{contract.Gateway}}
	Cancel = contract.Method[ChangeRequest, Result]{Name: "order.cancel",
		Callers: []contract.Caller{contract.Gateway}}
)

// Contract is all that the module promises.
var Contract = contract.Contract{Module: "order", Major: 1,
	Methods: []contract.Described{Place, Get, List, Confirm, Cancel},
	Topics:  []contract.AnyTopic{WasCreated, WasConfirmed, WasCancelled},
}
