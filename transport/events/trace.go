package events

import (
	"context"
	"encoding/hex"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceparent writes a span as W3C says, "" for none.
func traceparent(s trace.SpanContext) string {
	if !s.IsValid() {
		return ""
	}
	var buf [55]byte
	id, span := s.TraceID(), s.SpanID()
	copy(buf[:], "00-")
	hex.Encode(buf[3:35], id[:])
	buf[35] = '-'
	hex.Encode(buf[36:52], span[:])
	copy(buf[52:], "-00")
	if s.IsSampled() {
		buf[54] = '1'
	}
	return string(buf[:])
}

// withTrace returns a context that goes on with the trace of an event. What cannot be read is no trace.
func withTrace(ctx context.Context, parent string) context.Context {
	if parent == "" {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": parent})
}
