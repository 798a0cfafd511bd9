package registry

import "holon/transport/contract"

// The methods of Service, each with those who may call it.
var (
	List = contract.Method[ListRequest, ListReply]{Name: "registry.list", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Get = contract.Method[GetRequest, Listing]{Name: "registry.get", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
)

// Contract is all that the module promises.
var Contract = contract.Contract{Module: "registry", Major: 1, Methods: []contract.Described{List, Get}}
