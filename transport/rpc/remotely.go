package rpc

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"sync"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/wire"
)

// buffers are for requests on their way out. A large one is not kept.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keptBuffer = 64 << 10

func release(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		b.Reset()
		buffers.Put(b)
	}
}

// remotely makes the call on another node, the one that is named where one is. Metrics, span, journal and the reduction of
// errors are the same as for one that stays here.
func (c *call[Req, Resp]) remotely(ctx context.Context, req Req, journal *contract.Journal, node string) (resp Resp, err error) {
	var span trace.Span
	if parent := trace.SpanFromContext(ctx); parent.IsRecording() {
		ctx, span = startSpan(ctx, parent, c.method, placeRemote)
	}
	started := c.d.clock()
	defer func() {
		if errors.Is(err, errHere) {
			if span != nil {
				span.End()
			}
			resp, err = c.do(ctx, req)
			return
		}
		took := c.d.clock() - started
		c.far.took(took)
		if err != nil || span != nil {
			resp, err = c.finish(ctx, &c.far, span, resp, err)
		}
		if journal != nil {
			c.note(journal, placeRemote, started, took, err)
		}
	}()
	body := buffers.Get().(*bytes.Buffer)
	defer release(body)
	if err := c.d.codec.enc.MarshalToBuffer(&req, body); err != nil {
		return resp, status.Wrap(err)
	}
	c.d.remote.budget.Earn()
	q := outgoing{
		module: c.elsewhere, repeatable: c.caller == contract.Gateway && (c.slot.info.Idempotent || c.keyed(&req)),
		home: c,
		take: func(reply []byte) error {
			var fresh Resp // what an attempt before may have begun is nothing
			resp = fresh
			return c.d.codec.dec.Unmarshal(reply, &resp)
		},
		request: wire.Request{
			Method: c.method, Caller: string(c.caller), Principal: contract.PrincipalOf(ctx),
			Trace: trace.SpanContextFromContext(ctx), Idempotent: c.slot.info.Idempotent, Body: body.Bytes(),
		},
	}
	if node != "" {
		return resp, c.d.remote.doAt(ctx, &q, node)
	}
	return resp, c.d.remote.do(ctx, &q)
}

// serves reports whether the method can be answered here, and turned is closed when that may have changed.
func (c *call[Req, Resp]) serves() bool            { return c.slot.live.Load() != nil }
func (c *call[Req, Resp]) turned() <-chan struct{} { return c.d.turning() }

// keyed reports whether the request asks for its work to be done at most once, under a key of its client's.
func (c *call[Req, Resp]) keyed(req *Req) bool {
	return c.once != nil && reflect.ValueOf(req).Elem().FieldByIndex(c.once).FieldByName("Key").Len() > 0
}

// onceField finds the contract.Once in a request, nil where there is none.
func onceField(t reflect.Type) []int {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.Type == reflect.TypeFor[contract.Once]() {
			return f.Index
		}
	}
	return nil
}

// answered reports whether an error came from the other node: what happens here has a cause.
func answered(err error) bool {
	e, ok := errors.AsType[*status.Error](err)
	return ok && e.Unwrap() == nil
}
