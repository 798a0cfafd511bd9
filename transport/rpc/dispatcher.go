package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/wire"
)

// Params are what a dispatcher needs.
type Params struct {
	// Strict makes calls inside this process pass through the wire's encoding and lose foreign context values.
	Strict bool
	Log    *slog.Logger
	// Remote reaches other nodes; nil for a node that knows none.
	Remote *Remote
	// Tracer records calls that come from other nodes; nil for nobody.
	Tracer trace.TracerProvider
	// Metrics is where the call metrics are registered; one dispatcher per registerer.
	Metrics prometheus.Registerer
}

// Dispatcher finds the handler of a method. One per node. Wiring (For, Bind, Register) happens before the node
// starts; Serve and Withdraw may come at any time.
type Dispatcher struct {
	strict  bool
	log     *slog.Logger
	metrics *metrics
	codec   codec
	remote  *Remote
	tracer  trace.Tracer
	// frozen are the slots once wiring is over, for calls from outside.
	frozen func() map[string]switcher
	// epoch is when calls' clock began, see clock.
	epoch time.Time

	mu    sync.Mutex
	slots map[string]switcher
	// turned is closed, and made anew, when modules begin or end to serve.
	turned chan struct{}
	// faults are contradictions found while binding, which has nobody to return them to; Register reports them.
	faults []error
}

// New returns a dispatcher that serves nothing yet.
func New(p Params) (*Dispatcher, error) {
	m, err := newMetrics(p.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register call metrics: %w", err)
	}
	c, err := newCodec()
	if err != nil {
		return nil, fmt.Errorf("make the codec: %w", err)
	}
	d := &Dispatcher{
		strict: p.Strict, log: p.Log, metrics: m, codec: c, remote: p.Remote, epoch: time.Now(), slots: make(map[string]switcher),
		turned: make(chan struct{}),
	}
	if p.Tracer != nil {
		d.tracer = p.Tracer.Tracer(tracerName)
	}
	d.frozen = sync.OnceValue(func() map[string]switcher {
		d.mu.Lock()
		defer d.mu.Unlock()
		return maps.Clone(d.slots)
	})
	return d, nil
}

// Link is a dispatcher as one caller sees it. Clients are made from it, so that who asks is settled at wiring and
// cannot be claimed in a call.
type Link struct {
	d      *Dispatcher
	caller contract.Caller
}

// For returns the link of a caller.
func (d *Dispatcher) For(caller contract.Caller) Link { return Link{d: d, caller: caller} }

// Register takes a module's handlers and checks that they are exactly the methods of its contract. They are called
// only between Serve and Withdraw.
func (d *Dispatcher) Register(c contract.Contract, handlers ...Handler) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := slices.Clone(d.faults)
	promised := make(map[string]contract.Info, len(c.Methods))
	for _, info := range c.Infos() {
		if _, twice := promised[info.Name]; twice {
			errs = append(errs, fmt.Errorf("module %q promises %q twice", c.Module, info.Name))
		}
		promised[info.Name] = info
	}
	handled := make(map[string]bool, len(handlers))
	for _, h := range handlers {
		info, known := promised[h.info.Name]
		switch {
		case h.info.Module() != c.Module || !known:
			errs = append(errs, fmt.Errorf("module %q handles %q, which is not in its contract", c.Module, h.info.Name))
		case handled[info.Name]:
			errs = append(errs, fmt.Errorf("module %q handles %q twice", c.Module, info.Name))
		default:
			handled[info.Name] = true
			errs = append(errs, sameMethod(info, h.info), plainMethod(h.info), h.install(d))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(promised)) {
		if !handled[name] {
			errs = append(errs, fmt.Errorf("module %q promises %q and handles it nowhere", c.Module, name))
		}
	}
	return errors.Join(errs...)
}

// Offered returns what this node has handlers for, of each module in the contract's major version.
func (d *Dispatcher) Offered(contracts []contract.Contract) []wire.Module {
	byModule := make(map[string][]string)
	for name, s := range d.frozen() {
		if s.handled() {
			byModule[s.module()] = append(byModule[s.module()], name)
		}
	}
	out := make([]wire.Module, 0, len(byModule))
	for _, c := range contracts {
		if methods := byModule[c.Module]; methods != nil {
			out = append(out, wire.Module{Name: c.Module, Major: c.Major, Methods: slices.Sorted(slices.Values(methods))})
		}
	}
	return out
}

// Serve opens a module's registered handlers to calls.
func (d *Dispatcher) Serve(module string) { d.turn(module, true) }

// Withdraw closes a module's handlers: later calls are answered as if the module ran nowhere. Calls inside go on.
func (d *Dispatcher) Withdraw(module string) { d.turn(module, false) }

func (d *Dispatcher) turn(module string, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.slots {
		if s.module() == module {
			s.turn(on)
		}
	}
	close(d.turned)
	d.turned = make(chan struct{})
}

func (d *Dispatcher) turning() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.turned
}

// clock counts from the dispatcher's birth. It reads the monotonic clock alone, which halves the price of time.Now.
func (d *Dispatcher) clock() time.Duration { return time.Since(d.epoch) }

// reduce returns what of an error crosses, and logs what will not: the cause of an internal one.
func (d *Dispatcher) reduce(ctx context.Context, caller contract.Caller, method string, err error) *status.Error {
	e := status.Reduce(err)
	if e.Code == status.Internal {
		d.log.ErrorContext(ctx, "call failed", "method", method, "caller", string(caller), "err", err)
	}
	return e
}

// plainMethod refuses a method whose request or reply could not cross to another node unchanged.
func plainMethod(info contract.Info) error {
	return errors.Join(
		contract.Plain(info.Name+" request", info.Req),
		contract.Plain(info.Name+" reply", info.Resp))
}
