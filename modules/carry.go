package modules

import (
	"bytes"
	"context"
	"errors"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/rpc"
	"holon/transport/wire"
)

// batches is what a subscriber's batches are called on their way between nodes. No method is named like that.
func batches(subscriber string) string { return subscriber + "#events" }

// carrier takes batches to other nodes on the same roads as calls.
type carrier struct{ d *rpc.Dispatcher }

func (c carrier) Carry(ctx context.Context, subscriber string, batch []byte, take func([]byte) error) error {
	return c.d.SendRaw(ctx, contract.Node, batches(subscriber), batch, take)
}

func newDirect(l *events.Local, d *rpc.Dispatcher) *events.Direct {
	return events.NewDirect(l, carrier{d})
}

// receive takes the batches that other nodes carry here for the subscribers of placed modules.
func receive(d *rpc.Dispatcher, l *events.Local, m Module) error {
	var errs []error
	for _, s := range m.Subscribers {
		errs = append(errs, d.HandleRaw(batches(s.Name), func(ctx context.Context, r *wire.Request, reply *bytes.Buffer) error {
			err := l.Receive(ctx, s.Name, r.Body, reply)
			if errors.Is(err, events.ErrNobody) {
				return wire.NotBegun(err)
			}
			return err
		}))
	}
	return errors.Join(errs...)
}
