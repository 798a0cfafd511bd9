package core_test

import (
	"context"
	"sync"

	"holon/modules/order"
	"holon/modules/storage"
	"holon/transport/contract"
)

// notebook is an Announcer whose facts are kept and undone with their transactions.
type notebook struct {
	// fault, if there is one, says what is wrong with a fact.
	fault func(contract.Fact) error

	mu    sync.Mutex
	facts []contract.Fact
}

func (n *notebook) Announce(ctx context.Context, f contract.Fact) error {
	if n.fault != nil {
		if err := n.fault(f); err != nil {
			return err
		}
	}
	return storage.AfterCommit(ctx, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.facts = append(n.facts, f)
	})
}

// take returns what was announced since it was last asked.
func (n *notebook) take() []contract.Fact {
	n.mu.Lock()
	defer n.mu.Unlock()
	facts := n.facts
	n.facts = nil
	return facts
}

// fact is what the announcement of an order must look like.
func fact(topic string, o order.Order) contract.Fact {
	return contract.Fact{Topic: topic, Schema: 1, Key: o.ID, Version: o.Version, Event: o}
}
