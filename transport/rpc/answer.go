package rpc

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/wire"
)

// answer serves calls that come over the wire. The guards are the owner's: its consent, its panic guard, the reduction of
// its errors.
func (s *slot[Req, Resp]) answer(ctx context.Context, d *Dispatcher, r *wire.Request, reply *bytes.Buffer) (err error) {
	handler := s.live.Load()
	if handler == nil {
		return wire.NotBegun(nobodyServes(s.module()))
	}
	caller := contract.Caller(r.Caller)
	if !s.info.Allows(caller) {
		s.refusals.Do(func() {
			d.log.WarnContext(ctx, "call refused: the method's Callers do not name the caller", "method", s.info.Name, "caller", r.Caller)
		})
		return notAllowed(caller, s.info.Name)
	}
	var req Req
	if err := d.codec.dec.Unmarshal(r.Body, &req); err != nil {
		return status.New(status.Malformed, "", "the request of %s cannot be read", s.info.Name).Because(err)
	}
	if r.Principal.Subject != "" || r.Principal.Key != "" || len(r.Principal.Roles) > 0 {
		ctx = contract.WithPrincipal(ctx, r.Principal)
	}
	var span trace.Span
	if r.Trace.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, r.Trace)
		if d.tracer != nil && r.Trace.IsSampled() {
			ctx, span = d.tracer.Start(ctx, s.info.Name, trace.WithSpanKind(trace.SpanKindServer))
		}
	}
	defer func() {
		if p := recover(); p != nil {
			d.metrics.panics.WithLabelValues(s.info.Name).Inc()
			err = status.Wrap(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		var failure *status.Error
		if err != nil {
			failure = d.reduce(ctx, caller, s.info.Name, err)
			err = failure
		}
		if span != nil {
			endSpan(span, failure)
		}
	}()
	resp, err := (*handler)(ctx, req)
	if err != nil {
		return err
	}
	return d.codec.enc.MarshalToBuffer(&resp, reply)
}

// Answer is the wire.Handler of this node.
func (d *Dispatcher) Answer(ctx context.Context, r *wire.Request, reply *bytes.Buffer) error {
	if s := d.frozen()[r.Method]; s != nil {
		return s.answer(ctx, d, r, reply)
	}
	return wire.NotBegun(status.New(status.NotFound, "no_such_method", "this node has no method %q", r.Method))
}
