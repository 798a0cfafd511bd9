package events

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"holon/transport/status"
)

const tracerName = "holon/transport/events"

// startSpan opens the span of an event's handling, below the request that announced the event. Without a provider nobody
// pays.
func (h *handling) startSpan(ctx context.Context, e *Event) (context.Context, trace.Span) {
	if h.tracer == nil {
		return ctx, noop.Span{}
	}
	return h.tracer.Start(ctx, "process "+h.subscriber.Name,
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(
			attribute.String("messaging.system", "holon"),
			attribute.String("messaging.destination.name", e.Topic),
			attribute.String("messaging.message.id", e.ID),
			attribute.String("holon.subscriber", h.subscriber.Name),
			attribute.String("holon.key", e.Key)))
}

// endSpan says what came of it; ran is false when the event had been handled before.
func endSpan(span trace.Span, ran bool, err error) {
	if span.IsRecording() {
		if err != nil {
			span.SetStatus(codes.Error, status.From(err).Name())
		} else {
			span.SetAttributes(attribute.Bool("holon.again", !ran))
		}
	}
	span.End()
}
