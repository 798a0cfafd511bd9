package web

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

const tracerName = "holon/transport/web"

// tracerOf returns nil where nobody wants spans: requests have ids then, which cost less.
func tracerOf(p trace.TracerProvider) trace.Tracer {
	if _, off := p.(noop.TracerProvider); off || p == nil {
		return nil
	}
	return p.Tracer(tracerName)
}

// withTrace joins the trace that the client sent or begins one of its own. Where spans are wanted, it opens the
// request's: whether it is kept is for the provider to say, and nothing is written down for one that is not.
//
// A provider says by default what the client's traceparent does: its last flag has a request kept, or not, and one
// without the header is kept. Where clients are not to decide, set OTEL_TRACES_SAMPLER to always_on, or to traceidratio
// with the share in OTEL_TRACES_SAMPLER_ARG; parentbased_traceidratio leaves the decision with them, where they make one.
func (a *API) withTrace(v *visit, r *http.Request) context.Context {
	ctx := r.Context()
	if r.Header.Get("Traceparent") != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	if a.tracer != nil {
		var span trace.Span
		if ctx, span = a.tracer.Start(ctx, methodName(r.Method), trace.WithSpanKind(trace.SpanKindServer)); span.IsRecording() {
			v.span = span
			span.SetAttributes(attribute.String("http.request.method", methodAttribute(r.Method)),
				attribute.String("url.scheme", "http"), attribute.String("url.path", cut(r.URL.EscapedPath(), maxPath)))
		}
	}
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return trace.ContextWithSpanContext(ctx, newIDs())
}

// newIDs begins a trace. The ids need to be unlikely to meet, not hard to guess.
func newIDs() trace.SpanContext {
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.LittleEndian.PutUint64(traceID[:8], rand.Uint64()|1) // an id of zeros is no id
	binary.LittleEndian.PutUint64(traceID[8:], rand.Uint64())
	binary.LittleEndian.PutUint64(spanID[:], rand.Uint64()|1)
	return trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID})
}

// routed names the request's span once the route is known. A path would make a name of every id.
func (v *visit) routed(r Route) {
	v.route = r.Path
	if v.span != nil {
		v.span.SetName(r.Method + " " + r.Path)
		v.span.SetAttributes(attribute.String("http.route", r.Path))
	}
}

// endSpan says how the request ended. Only what is our fault is an error.
func endSpan(v *visit, httpStatus int) {
	if httpStatus != 0 { // else the answer never began
		v.span.SetAttributes(attribute.Int("http.response.status_code", httpStatus))
	}
	switch {
	case v.broke == panicked:
		v.span.SetAttributes(attribute.String("error.type", panicked))
		v.span.SetStatus(codes.Error, "")
	case httpStatus >= http.StatusInternalServerError:
		v.span.SetAttributes(attribute.String("error.type", statusLabel(httpStatus)))
		v.span.SetStatus(codes.Error, "")
	}
	v.span.End()
}

// known are the methods there are names for; a client may invent others.
func known(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodConnect, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return false
	}
}

// methodName and methodAttribute are as OpenTelemetry's conventions want them.
func methodName(method string) string {
	if known(method) {
		return method
	}
	return "HTTP"
}

func methodAttribute(method string) string {
	if known(method) {
		return method
	}
	return "_OTHER"
}
