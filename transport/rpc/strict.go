package rpc

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
)

// strictly calls the handler as if it were on another node: it sees a copy of the request and none of the caller's
// context values, and the caller sees a copy of the reply. Errors need no copy: finish makes one in every mode.
func (c *call[Req, Resp]) strictly(ctx context.Context, req Req, handler handlerFunc[Req, Resp]) (resp Resp, err error) {
	var theirs Req
	if err := c.d.codec.copyTo(req, &theirs); err != nil {
		return resp, err
	}
	reply, err := handler(isolate(ctx), theirs)
	if err == nil {
		err = c.d.codec.copyTo(reply, &resp)
	}
	return resp, err
}

// isolated keeps the caller's deadline and cancellation and hides its values.
type isolated struct{ parent context.Context }

func (i isolated) Deadline() (time.Time, bool) { return i.parent.Deadline() }
func (i isolated) Done() <-chan struct{}       { return i.parent.Done() }
func (i isolated) Err() error                  { return i.parent.Err() }
func (i isolated) Value(any) any               { return nil }

// isolate returns a context with only what crosses: deadline, cancellation, principal, trace.
func isolate(ctx context.Context) context.Context {
	out := contract.WithPrincipal(isolated{ctx}, contract.PrincipalOf(ctx))
	if span := trace.SpanFromContext(ctx); span.SpanContext().IsValid() {
		out = trace.ContextWithSpan(out, span)
	}
	return out
}
