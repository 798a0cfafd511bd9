package rpc

import (
	"context"
	"errors"
	"strings"

	"holon/transport/balance"
	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/wire"
)

// BindAt is Bind for calls to a node that is named: in this process when it is this one, else to the instance there, and to
// no other. It fails with NotFound "no_such_node" when no node of that name is known, and with Unavailable
// "node_unreachable" when it does not answer. Nobody waits for it: who names a node wants to know how it is now. A dispatcher
// that knows no other nodes takes every name for its own.
func BindAt[Req, Resp any](l Link, m contract.Method[Req, Resp]) func(ctx context.Context, node string, req Req) (Resp, error) {
	here := &call[Req, Resp]{d: l.d, caller: l.caller, method: m.Name, m: l.d.metrics.bind(l.caller, m.Name, placeLocal)}
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	s, err := slotOf(l.d, m)
	if err != nil {
		l.d.faults = append(l.d.faults, err)
		return func(context.Context, string, Req) (resp Resp, _ error) {
			return resp, here.refuse(nil, status.Wrap(err))
		}
	}
	here.slot = s
	there := *here // here is never taken elsewhere, also while nobody serves here
	if r := l.d.remote; r != nil && r.modules[s.module()] != nil {
		there.elsewhere, there.far = r.modules[s.module()], l.d.metrics.bind(l.caller, m.Name, placeRemote)
	}
	allowed := m.Info().Allows(l.caller)
	return func(ctx context.Context, node string, req Req) (Resp, error) {
		switch {
		case !allowed:
			return here.denied(ctx, req)
		case there.elsewhere == nil || node == l.d.remote.node():
			return here.do(ctx, req)
		default:
			return there.at(ctx, node, req)
		}
	}
}

// node is the name of this one.
func (r *Remote) node() string {
	node, _, _ := strings.Cut(r.params.Self, "~")
	return node
}

// at makes a call on another node that is named, under the guards of do.
func (c *call[Req, Resp]) at(ctx context.Context, node string, req Req) (resp Resp, err error) {
	open, caused, journal := contract.Standing(ctx)
	if err := ctx.Err(); err != nil {
		return resp, c.refuse(journal, status.From(err))
	}
	if open {
		return resp, c.refuse(journal, inTransaction(c.method))
	}
	if caused {
		ctx = contract.WithCause(ctx, "")
	}
	return c.remotely(ctx, req, journal, node)
}

// doAt makes the call on the instance of one node, once. What comes of it says nothing about where other calls should go.
func (r *Remote) doAt(ctx context.Context, q *outgoing, node string) error {
	e := q.module.set.PickAt(node)
	if e == nil {
		return noSuchNode(node)
	}
	defer e.Done(balance.Unknown)
	q.instance = e.Instance()
	_, err := e.Endpoint()(ctx, q)
	unsent, isUnsent := errors.AsType[*wire.NotSentError](err)
	lost, isLost := errors.AsType[*wire.LostError](err)
	switch {
	case errors.Is(err, errGone):
		return noSuchNode(node)
	case errors.Is(err, errOther):
		return status.New(status.Unimplemented, "no_such_method", "node %s is of another version and does not have %s", node, q.request.Method)
	case isLost:
		return status.New(status.DeadlineExceeded, "outcome_unknown",
			"node %s was lost before it had answered: what was asked may be done", node).Because(lost)
	case isUnsent && ctx.Err() == nil:
		return status.New(status.Unavailable, "node_unreachable", "node %s takes no calls on %s: %v", node, q.instance.Addr, unsent.Err).
			With(status.DetailRetryAfter, "1")
	case errors.Is(err, errSlow), errors.Is(err, errShort):
		return status.New(status.Unavailable, "node_unreachable", "node %s takes no calls on %s: %v", node, q.instance.Addr, err).
			With(status.DetailRetryAfter, "1")
	case isUnsent, errors.Is(err, errLeft):
		return status.From(ctx.Err())
	default:
		return err
	}
}

func noSuchNode(node string) error {
	return status.New(status.NotFound, "no_such_node", "no node %q is known here, or it does not take calls yet", node)
}
