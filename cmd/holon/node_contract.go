package main

import (
	"context"
	"time"

	"holon/modules"
	"holon/transport/contract"
	"holon/transport/rpc"
)

// What nodes ask of each other on behalf of their operators goes over the same wire as calls. It is no service: every node
// offers it, and nothing that lists services shows it.
var (
	askStatus  = contract.Method[statusRequest, nodeStatus]{Name: "node.status", Idempotent: true, Callers: []contract.Caller{contract.Node}}
	askDrain   = contract.Method[drainRequest, drainReply]{Name: "node.drain", Idempotent: true, Callers: []contract.Caller{contract.Node}}
	askUndrain = contract.Method[undrainRequest, undrainReply]{Name: "node.undrain", Idempotent: true, Callers: []contract.Caller{contract.Node}}
)

var nodeContract = contract.Contract{Module: string(contract.Node), Major: 1, Methods: []contract.Described{askStatus, askDrain, askUndrain}}

// statusRequest asks for what /status tells.
type statusRequest struct{}

// contracts are those of all that a node may offer to others.
func contracts() []contract.Contract { return append(modules.Contracts(all()), nodeContract) }

// fellows are the other nodes as this one administers them.
type fellows struct {
	status  func(ctx context.Context, node string, r statusRequest) (nodeStatus, error)
	drain   func(ctx context.Context, node string, r drainRequest) (drainReply, error)
	undrain func(ctx context.Context, node string, r undrainRequest) (undrainReply, error)
}

func newFellows(l rpc.Link) fellows {
	return fellows{status: rpc.BindAt(l, askStatus), drain: rpc.BindAt(l, askDrain), undrain: rpc.BindAt(l, askUndrain)}
}

// offerNode has the dispatcher answer other nodes, once it serves the node's contract.
func (n *node) offerNode() error {
	return n.in.Calls.Register(nodeContract,
		rpc.Handle(askStatus, func(ctx context.Context, _ statusRequest) (nodeStatus, error) { return n.status(ctx), nil }),
		rpc.Handle(askDrain, func(ctx context.Context, r drainRequest) (drainReply, error) {
			reply, err := n.drains.drain(ctx, r)
			reply.Calls = max(reply.Calls-1, 0) // this one does not count
			return reply, err
		}),
		rpc.Handle(askUndrain, func(ctx context.Context, _ undrainRequest) (undrainReply, error) { return n.drains.undrain(ctx) }))
}

// fellowTimeout bounds a question to another node.
const fellowTimeout = 5 * time.Second
