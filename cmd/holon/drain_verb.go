package main

import (
	"context"
	"encoding/json"

	"holon/transport/status"
)

// drainOrder is what the verbs drain and undrain send: to this node, or to another that this one knows.
type drainOrder struct {
	Node string `json:"node,omitempty"`
	drainRequest
}

func (n *node) drainVerb(ctx context.Context, body []byte) (any, error) {
	order, away, err := n.readDrain(body)
	switch {
	case err != nil:
		return nil, err
	case !away:
		return n.drains.drain(ctx, order.drainRequest)
	}
	ctx, cancel := context.WithTimeout(ctx, fellowTimeout)
	defer cancel()
	reply, err := n.fellows.drain(ctx, order.Node, order.drainRequest)
	return reply, aboutNode(err)
}

func (n *node) undrainVerb(ctx context.Context, body []byte) (any, error) {
	order, away, err := n.readDrain(body)
	switch {
	case err != nil:
		return nil, err
	case !away:
		return n.drains.undrain(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, fellowTimeout)
	defer cancel()
	reply, err := n.fellows.undrain(ctx, order.Node, undrainRequest{})
	return reply, aboutNode(err)
}

// readDrain reads an order and reports whether it is for another node.
func (n *node) readDrain(body []byte) (order drainOrder, away bool, err error) {
	if err := json.Unmarshal(body, &order); err != nil {
		return order, false, status.New(status.Malformed, "", "the body is not JSON: %v", err)
	}
	return order, order.Node != "" && order.Node != n.in.Node.Name, nil
}

// aboutNode adds to the failure of a call to another node where its state can be seen.
func aboutNode(err error) error {
	if err == nil {
		return nil
	}
	e := status.From(err)
	if e.Details[status.DetailHint] == "" {
		e = e.With(status.DetailHint, "holon members lists the nodes and how they are")
	}
	return e
}

// leaveNow has the node stop as a signal does.
func (n *node) leaveNow() {
	select {
	case n.asked <- struct{}{}:
	default: // somebody was first
	}
}
