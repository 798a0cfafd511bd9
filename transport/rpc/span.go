package rpc

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/status"
)

const tracerName = "holon/transport/rpc"

// startSpan opens a span below its parent with the parent's own provider: without a recording parent nobody pays.
func startSpan(ctx context.Context, parent trace.Span, method, place string) (context.Context, trace.Span) {
	return parent.TracerProvider().Tracer(tracerName).Start(ctx, method,
		trace.WithSpanKind(kindOf(place)),
		trace.WithAttributes(attribute.String("holon.place", place)))
}

func kindOf(place string) trace.SpanKind {
	if place == placeRemote {
		return trace.SpanKindClient
	}
	return trace.SpanKindInternal
}

func endSpan(span trace.Span, failure *status.Error) {
	if failure != nil {
		span.SetStatus(codes.Error, failure.Name())
	}
	span.End()
}
