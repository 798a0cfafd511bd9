package rpc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
)

// Bind returns the caller's side of a method. Every call passes the same guards wherever the owner runs: consent of
// the owner, deadline, no open transaction, panic guard, metrics, a span where the caller has one, and the reduction
// of errors to what may cross. A refusal by a guard has not begun the work.
func Bind[Req, Resp any](l Link, m contract.Method[Req, Resp]) func(context.Context, Req) (Resp, error) {
	c := &call[Req, Resp]{d: l.d, caller: l.caller, method: m.Name, m: l.d.metrics.bind(l.caller, m.Name, placeLocal)}
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	s, err := slotOf(l.d, m)
	if err != nil {
		l.d.faults = append(l.d.faults, err)
		return func(context.Context, Req) (resp Resp, _ error) { return resp, c.refuse(nil, status.Wrap(err)) }
	}
	c.slot = s
	if r := l.d.remote; r != nil && r.modules[s.module()] != nil {
		c.elsewhere, c.once = r.modules[s.module()], onceField(s.info.Req)
		c.far = l.d.metrics.bind(l.caller, m.Name, placeRemote)
	}
	if !m.Info().Allows(l.caller) {
		return c.denied
	}
	return c.do
}

// call is one method as one caller makes it.
type call[Req, Resp any] struct {
	d      *Dispatcher
	caller contract.Caller
	method string
	slot   *slot[Req, Resp]
	m      callMetrics

	// elsewhere is the module on other nodes, nil where this node knows none; far is what is counted of calls there, and
	// once where a request says that it may be made again.
	elsewhere *elsewhere
	far       callMetrics
	once      []int
}

// denied answers every call of a caller the owner has not named.
func (c *call[Req, Resp]) denied(ctx context.Context, _ Req) (resp Resp, err error) {
	c.d.log.WarnContext(ctx, "call refused: the method's Callers do not name the caller", "method", c.method, "caller", string(c.caller))
	return resp, c.refuse(contract.JournalOf(ctx), notAllowed(c.caller, c.method))
}

func notAllowed(caller contract.Caller, method string) *status.Error {
	return status.New(status.PermissionDenied, "caller_not_allowed", "module %s may not call %s", caller, method)
}

// do makes a call. A handler's panic is its caller's Internal error and nobody else's business.
func (c *call[Req, Resp]) do(ctx context.Context, req Req) (resp Resp, err error) {
	open, caused, journal := contract.Standing(ctx)
	if err := ctx.Err(); err != nil {
		return resp, c.refuse(journal, status.From(err))
	}
	if open {
		return resp, c.refuse(journal, inTransaction(c.method))
	}
	if caused {
		ctx = contract.WithCause(ctx, "") // it does not cross to another node either
	}
	handler := c.slot.live.Load()
	if handler == nil {
		if c.elsewhere != nil {
			return c.remotely(ctx, req, journal, "")
		}
		return resp, c.refuse(journal, nobodyServes(c.slot.module()))
	}
	var span trace.Span
	if parent := trace.SpanFromContext(ctx); parent.IsRecording() {
		ctx, span = startSpan(ctx, parent, c.method, placeLocal)
	}
	started := c.d.clock()
	// All that follows the handler is in one deferred function of this very frame: another frame between caller and
	// handler would copy request and reply once more.
	defer func() {
		if r := recover(); r != nil {
			c.m.panicked()
			err = status.Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
		took := c.d.clock() - started
		c.m.took(took)
		if err != nil || span != nil {
			resp, err = c.finish(ctx, &c.m, span, resp, err)
		}
		if journal != nil {
			c.note(journal, placeLocal, started, took, err)
		}
	}()
	if c.d.strict {
		return c.strictly(ctx, req, *handler)
	}
	return (*handler)(ctx, req)
}

// finish ends the span and reduces an error to what crosses. A failed call has no reply, so that a handler cannot
// hand out half of one where the wire would not carry it.
func (c *call[Req, Resp]) finish(ctx context.Context, m *callMetrics, span trace.Span, resp Resp, err error) (Resp, error) {
	var failure *status.Error
	if err != nil {
		if m == &c.far && answered(err) {
			failure = status.Reduce(err) // the node where it happened has logged it
		} else {
			failure = c.d.reduce(ctx, c.caller, c.method, err)
		}
	}
	if span != nil {
		endSpan(span, failure)
	}
	if failure == nil {
		return resp, nil
	}
	m.failed(failure.Code)
	var none Resp
	return none, failure
}

// refuse counts and notes a failure of which the handler learns nothing.
func (c *call[Req, Resp]) refuse(journal *contract.Journal, e *status.Error) error {
	c.m.failed(e.Code)
	if journal != nil {
		c.note(journal, placeLocal, c.d.clock(), 0, e)
	}
	return e
}

// note keeps the call for whoever asks where the request's time went.
func (c *call[Req, Resp]) note(journal *contract.Journal, place string, started, took time.Duration, err error) {
	code := "ok"
	if err != nil {
		code = status.From(err).Name()
	}
	journal.Note(c.d.epoch.Add(started), contract.Call{Method: c.method, Place: place, Took: took, Code: code})
}

func inTransaction(method string) *status.Error {
	return status.Wrap(errors.New(method + " was called inside a transaction: ask before it begins"))
}

func nobodyServes(module string) *status.Error {
	return status.New(status.Unavailable, "module_unavailable", "no node serves module %s now", module).
		With(status.DetailRetryAfter, "1")
}
