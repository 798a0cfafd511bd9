package events_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/events"
)

// spanned returns the context of a request with a trace.
func spanned(ctx context.Context) (context.Context, trace.SpanContext) {
	s := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{0x0a, 0xf7, 15: 0x9c}, SpanID: trace.SpanID{0xb7, 7: 0x31}, TraceFlags: trace.FlagsSampled,
	})
	return trace.ContextWithSpanContext(ctx, s), s
}

// TestTraceAndCause follows a request to its event, the event to its effect, and the effect to the event it announces:
// all are of one trace, and each event says which one caused it.
func TestTraceAndCause(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.run(t)
		ctx, span := spanned(t.Context())
		require.NoError(t, h.announce(ctx, sold, sale{Key: "a", Version: 5}))
		pass(markTime)

		first := h.sales(t)[0]
		require.Equal(t, events.Traceparent(span), first.Trace)
		require.Empty(t, first.Cause, "a request caused it")
		second := h.postings(t)[0]
		require.Equal(t, first.Trace, second.Trace)
		require.Equal(t, first.ID, second.Cause)

		handled := h.logs.of("event handled")
		require.Len(t, handled, 1)
		require.Equal(t, slog.LevelDebug, handled[0].level)
		require.Equal(t, span.TraceID().String(), handled[0].trace)
		require.NotNil(t, handled[0].attrs["took"])
		delete(handled[0].attrs, "took")
		require.Equal(t, map[string]any{
			"subscriber": "till.ledger", "topic": "shop.sold", "event": first.ID, "key": "a", "version": int64(5), "again": false,
		}, handled[0].attrs)
	})
}

// TestCauseOfARefusal has till refuse a sale that was itself caused by an event.
func TestCauseOfARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		out := errors.New("out of ink")
		h.handle = func(context.Context, sale) error { return out }
		h.run(t)
		ctx, span := spanned(contract.WithCause(t.Context(), "an-event"))
		require.NoError(t, h.announce(ctx, repaid, sale{Key: "a", Version: 5}))
		pass(markTime)

		told := h.logs.of("event refused")
		require.Len(t, told, 1)
		require.Equal(t, slog.LevelWarn, told[0].level)
		require.Equal(t, span.TraceID().String(), told[0].trace)
		require.ErrorIs(t, told[0].attrs["err"].(error), out)
		delete(told[0].attrs, "err")
		delete(told[0].attrs, "took")
		require.Equal(t, map[string]any{
			"subscriber": "till.ledger", "topic": "shop.repaid", "event": h.sales(t)[0].ID, "key": "a", "version": int64(5),
			"cause": "an-event",
		}, told[0].attrs)
	})
}

// TestHandledAgain is what the log says of a delivery that comes a second time.
func TestHandledAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		e := h.sales(t)[0]
		m := events.ToMessage(&e, "")
		m.SetContext(t.Context())
		require.NoError(t, h.local.Publish(ledger.Name, m))
		handled := h.logs.of("event handled")
		require.Len(t, handled, 2)
		require.Equal(t, true, handled[1].attrs["again"])
		require.Len(t, h.postings(t), 1)
	})
}
