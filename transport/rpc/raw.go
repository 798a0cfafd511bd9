package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"holon/transport/contract"
	"holon/transport/wire"
)

// raw is what a module takes from other nodes beside the methods of its contract: bytes, whose meaning both ends agree on.
type raw struct {
	name   string
	handle wire.Handler
	on     atomic.Bool
}

func (r *raw) module() string {
	module, _, _ := strings.Cut(r.name, ".")
	return module
}

func (r *raw) turn(on bool)  { r.on.Store(on) }
func (r *raw) handled() bool { return true }

func (r *raw) answer(ctx context.Context, _ *Dispatcher, q *wire.Request, reply *bytes.Buffer) error {
	if !r.on.Load() {
		return wire.NotBegun(nobodyServes(r.module()))
	}
	return r.handle(ctx, q, reply)
}

// HandleRaw takes what other nodes send under a name, "<module>.<what>", between Serve and Withdraw of the module. The
// handler guards itself.
func (d *Dispatcher) HandleRaw(name string, h wire.Handler) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.slots[name] != nil {
		return fmt.Errorf("%q is handled twice", name)
	}
	d.slots[name] = &raw{name: name, handle: h}
	return nil
}

// errAlone says that this node knows no others.
var errAlone = errors.New("this node reaches no others")

// SendRaw sends a body to an instance of the module on another node and reads the answer. It is not made again by itself
// when the answer is lost, and does not wait for an instance.
func (d *Dispatcher) SendRaw(
	ctx context.Context, caller contract.Caller, name string, body []byte, take func(reply []byte) error,
) error {
	module, _, _ := strings.Cut(name, ".")
	if d.remote == nil || d.remote.modules[module] == nil {
		return wire.NotBegun(fmt.Errorf("send to %s: %w", name, errAlone))
	}
	q := outgoing{
		module: d.remote.modules[module], take: take, impatient: true,
		request: wire.Request{Method: name, Caller: string(caller), Body: body},
	}
	return d.remote.do(ctx, &q)
}
