package registry

import "holon/transport/contract"

// The methods of Service, each with those who may call it.
var (
	List = contract.Method[ListRequest, ListReply]{Name: "registry.list", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway, contract.Node}}
	Get = contract.Method[GetRequest, Listing]{Name: "registry.get", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Nodes = contract.Method[NodesRequest, NodesReply]{Name: "registry.nodes", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Graph = contract.Method[GraphRequest, GraphReply]{Name: "registry.graph", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway, contract.Node}}
	Put = contract.Method[PutRequest, Lease]{Name: "registry.put", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Beat = contract.Method[BeatRequest, Lease]{Name: "registry.beat", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Drop = contract.Method[DropRequest, Dropped]{Name: "registry.drop", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Changes = contract.Method[ChangesRequest, ChangesReply]{Name: "registry.changes", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
)

// What registry nodes tell each other.
var (
	Sync = contract.Method[SyncRequest, SyncReply]{Name: "registry.sync", Idempotent: true,
		Callers: []contract.Caller{"registry"}}
	Fetch = contract.Method[FetchRequest, FetchReply]{Name: "registry.fetch", Idempotent: true,
		Callers: []contract.Caller{"registry"}}
)

// Contract is all that the module promises.
var Contract = contract.Contract{Module: "registry", Major: 1,
	Methods: []contract.Described{List, Get, Nodes, Graph, Put, Beat, Drop, Changes, Sync, Fetch}}
