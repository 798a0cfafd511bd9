package adapter

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// Params are what an adapter needs.
type Params struct {
	Log *slog.Logger
	// Tracer takes a span of every request that is traced; it may be nil.
	Tracer trace.TracerProvider
}

// Adapter is the handlers of one node. It is safe for concurrent use; Register comes before the rest.
type Adapter struct {
	log    *slog.Logger
	tracer trace.Tracer

	// life ends with the adapter, streaming when it begins to go.
	life, streaming   context.Context
	end, endStreaming context.CancelFunc

	mu       sync.Mutex
	handlers map[string]*handler
	inFlight int
	// idle is closed, and made anew, when nothing is in flight any more.
	idle chan struct{}
	told func(module string, fault error)
	stop func()
	// checking are the health checks.
	checking sync.WaitGroup
}

// handler is one module's.
type handler struct {
	module string
	http   http.Handler
	health string
	// live is set between Serve and Withdraw; fault is what its health says, nil while it is well. Adapter.mu guards both.
	live  bool
	fault error
	// atWork is how many requests it is at work on.
	atWork int
}

// maxAtWork is how many requests a handler is given at once, those counted that nobody waits for any more.
const maxAtWork = 4096

const tracerName = "holon/transport/adapter"

// New returns an adapter without handlers.
func New(p Params) *Adapter {
	a := &Adapter{log: p.Log, handlers: make(map[string]*handler), idle: make(chan struct{})}
	a.life, a.end = context.WithCancel(context.Background())
	a.streaming, a.endStreaming = context.WithCancel(a.life)
	if p.Tracer != nil {
		a.tracer = p.Tracer.Tracer(tracerName)
	}
	return a
}

// Register takes the handler of a module. Health is a path that it answers with less than 400 while it can work; "" means
// that it always can.
func (a *Adapter) Register(module string, h http.Handler, health string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case h == nil:
		return fmt.Errorf("module %q has no handler", module)
	case a.handlers[module] != nil:
		return fmt.Errorf("module %q has two handlers", module)
	case health != "" && !strings.HasPrefix(health, "/"):
		return fmt.Errorf("module %q: the path of its health must begin with /, not %q", module, health)
	}
	a.handlers[module] = &handler{module: module, http: h, health: health}
	return nil
}

// Empty reports whether no module has a handler here.
func (a *Adapter) Empty() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.handlers) == 0
}

// Serve opens a module's handler to requests. One that has none is passed over.
func (a *Adapter) Serve(module string) { a.turn(module, true) }

// Withdraw closes it: requests from now on are refused. Those in flight go on.
func (a *Adapter) Withdraw(module string) { a.turn(module, false) }

func (a *Adapter) turn(module string, live bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h := a.handlers[module]; h != nil {
		h.live = live
	}
}

// Serves reports whether a module's handler takes requests here, and whether it is well.
func (a *Adapter) Serves(module string) (live, well bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.handlers[module]
	if h == nil {
		return false, false
	}
	return h.live, h.fault == nil
}

// Faults are the modules whose health is bad, and how.
func (a *Adapter) Faults() map[string]error {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make(map[string]error)
	for name, h := range a.handlers {
		if h.fault != nil {
			out[name] = h.fault
		}
	}
	return out
}

// begin counts a request in, nil for a module that takes none.
func (a *Adapter) begin(module string) *handler {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := a.handlers[module]
	if h == nil || !h.live || h.atWork >= maxAtWork {
		return nil
	}
	a.inFlight++
	h.atWork++
	return h
}

func (a *Adapter) leave(h *handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h.atWork--
	if a.inFlight--; a.inFlight == 0 {
		close(a.idle)
		a.idle = make(chan struct{})
	}
}

// Wait returns when the handlers are at work on nothing, or with the context's error when it ends first.
func (a *Adapter) Wait(ctx context.Context) error {
	for {
		a.mu.Lock()
		n, idle := a.inFlight, a.idle
		a.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// EndStreams ends the contexts of requests that stream: the node begins to go.
func (a *Adapter) EndStreams() { a.endStreaming() }

// Stop ends the checks and the contexts of all requests, and waits for the handlers until ctx ends; one that takes no notice is
// left behind.
func (a *Adapter) Stop(ctx context.Context) error {
	a.StopChecks()
	a.end()
	if err := a.Wait(ctx); err != nil {
		return fmt.Errorf("handlers are still at work: %w", err)
	}
	return nil
}

// names are the modules, sorted.
func (a *Adapter) names() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []string
	for name := range a.handlers {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
