// Package adapter serves modules that are plain http.Handlers: code that was there before holon and knows nothing of it. A
// gateway asks a handler of its own process directly, and one on another node by HTTP/1.1 on the node port, which it shares
// with the wire; what the handler is given and may answer is the same both ways.
//
// It is not a proxy: who may ask, where a request goes, how long it may take and when it is made again is the gateway's
// business. It carries no calls between modules either; those are package rpc's.
//
// # What a handler gets
//
// The request as its client made it, without what is for one connection only, and with what the gateway says of it: the
// X-Holon- headers name who asks, the X-Forwarded- headers the way it came. RemoteAddr is the client's. The context ends when
// the client has gone or the route's time is over; in it are the contract.Principal and the trace, and nothing else.
//
// # What it may not
//
// Deadlines of the connection are the gateway's: http.ResponseController sets none. A connection is handed over (Hijack) only
// for a request that asks for an upgrade, on a route that has one. Headers for one connection only, and X-Holon- headers, are
// taken out of answers. As with net/http, who begins an answer before it has read a large body may not get the rest of it.
package adapter
