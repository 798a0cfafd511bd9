package rpc

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"holon/transport/contract"
	"holon/transport/wire"
)

// handlerFunc is the owner's side of a method.
type handlerFunc[Req, Resp any] func(context.Context, Req) (Resp, error)

// slot is the meeting point of a method's callers and its handler. Both sides may come first.
type slot[Req, Resp any] struct {
	info contract.Info
	// registered is set at wiring, live only while the module serves; a call pays for one atomic load.
	registered handlerFunc[Req, Resp]
	live       atomic.Pointer[handlerFunc[Req, Resp]]
	// refusals has a node that asks for what it may not be logged now and then.
	refusals rate.Sometimes
}

// switcher is a slot of any method, under the dispatcher's lock.
type switcher interface {
	module() string
	turn(on bool)
	// handled reports whether this node has a handler.
	handled() bool
	answer(ctx context.Context, d *Dispatcher, r *wire.Request, reply *bytes.Buffer) error
}

func (s *slot[Req, Resp]) module() string { return s.info.Module() }
func (s *slot[Req, Resp]) handled() bool  { return s.registered != nil }

func (s *slot[Req, Resp]) turn(on bool) {
	if on && s.registered != nil {
		s.live.Store(&s.registered)
		return
	}
	s.live.Store(nil)
}

// slotOf returns the method's slot, making it at first sight. Two descriptors of one name that differ are a programming
// error; one that differs in its callers would be a caller's own consent. The caller holds d.mu.
func slotOf[Req, Resp any](d *Dispatcher, m contract.Method[Req, Resp]) (*slot[Req, Resp], error) {
	found, ok := d.slots[m.Name]
	if !ok {
		s := &slot[Req, Resp]{info: m.Info(), refusals: rate.Sometimes{Interval: time.Minute}}
		d.slots[m.Name] = s
		return s, nil
	}
	s, ok := found.(*slot[Req, Resp])
	if !ok {
		return nil, fmt.Errorf("method %q is described twice with different types", m.Name)
	}
	return s, sameMethod(s.info, m.Info())
}

// sameMethod refuses two descriptions of one name that are not the same.
func sameMethod(a, b contract.Info) error {
	switch {
	case a.Req != b.Req || a.Resp != b.Resp:
		return fmt.Errorf("method %q is described twice with different types", a.Name)
	case a.Idempotent != b.Idempotent || !slices.Equal(a.Callers, b.Callers):
		return fmt.Errorf("method %q is described twice and not alike", a.Name)
	default:
		return nil
	}
}

// Handler is a method together with the function that answers it.
type Handler struct {
	info    contract.Info
	install func(*Dispatcher) error
}

// Handle ties a method to the function that answers it.
func Handle[Req, Resp any](m contract.Method[Req, Resp], fn func(context.Context, Req) (Resp, error)) Handler {
	return Handler{info: m.Info(), install: func(d *Dispatcher) error {
		s, err := slotOf(d, m)
		switch {
		case err != nil:
			return err
		case s.registered != nil:
			return fmt.Errorf("method %q has a handler already", m.Name)
		}
		s.registered = fn
		return nil
	}}
}

// Info returns the description of the method handled.
func (h Handler) Info() contract.Info { return h.info }
