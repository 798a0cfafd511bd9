package events_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/events"
	"holon/transport/status"
)

// traced runs a house whose intake records spans.
func traced(t *testing.T, handle func(context.Context, sale) error) (*house, *sdk.TracerProvider, *tracetest.InMemoryExporter) {
	t.Helper()
	out := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(out))
	h := newHouse(t)
	h.tracer = provider
	if handle != nil {
		h.handle = handle
	}
	h.run(t)
	return h, provider, out
}

// attributes are those of a span, by name.
func attributes(s tracetest.SpanStub) map[string]any {
	out := make(map[string]any)
	for _, a := range s.Attributes {
		out[string(a.Key)] = a.Value.AsInterface()
	}
	return out
}

// TestSpan is a child of the request's, and what the handler announces goes on from it.
func TestSpan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, provider, out := traced(t, nil)
		ctx, request := provider.Tracer("test").Start(t.Context(), "POST /orders")
		require.NoError(t, h.announce(ctx, sold, sale{Key: "a", Version: 1}))
		request.End()
		pass(markTime)
		spans := out.GetSpans()
		require.Len(t, spans, 2)
		span := spans[1]
		require.Equal(t, "process till.ledger", span.Name)
		require.Equal(t, trace.SpanKindConsumer, span.SpanKind)
		require.Equal(t, request.SpanContext().TraceID(), span.SpanContext.TraceID())
		require.Equal(t, request.SpanContext().SpanID(), span.Parent.SpanID())
		require.Equal(t, codes.Unset, span.Status.Code)
		require.Equal(t, map[string]any{
			"messaging.system": "holon", "messaging.destination.name": "shop.sold", "messaging.message.id": h.sales(t)[0].ID,
			"holon.subscriber": "till.ledger", "holon.key": "a", "holon.again": false,
		}, attributes(span))
		require.Contains(t, h.postings(t)[0].Trace, span.SpanContext.SpanID().String())
	})
}

// TestSpanOfARefusal says that it failed and not more than may cross to others.
func TestSpanOfARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, _, out := traced(t, func(context.Context, sale) error { return status.New(status.Conflict, "closed", "ask Ada Lovelace") })
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		span := out.GetSpans()[0]
		require.False(t, span.Parent.IsValid(), "no request has announced it")
		require.Equal(t, sdk.Status{Code: codes.Error, Description: "closed"}, span.Status)
		require.NotContains(t, span.Attributes, attribute.Bool("holon.again", false))
	})
}

// TestSpanOfAnEventThatComesAgain says so.
func TestSpanOfAnEventThatComesAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, _, out := traced(t, nil)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		m := events.ToMessage(&h.sales(t)[0], "")
		m.SetContext(t.Context())
		require.NoError(t, h.local.Publish(ledger.Name, m))
		require.Equal(t, true, attributes(out.GetSpans()[1])["holon.again"])
	})
}

// TestNoSpan of a trace that is not recorded.
func TestNoSpan(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, _, out := traced(t, nil)
		unsampled := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
		require.NoError(t, h.announce(trace.ContextWithSpanContext(t.Context(), unsampled), sold, sale{Key: "a", Version: 1}))
		pass(markTime)
		h.requireOrder(t, 1)
		require.Empty(t, out.GetSpans())
	})
}
