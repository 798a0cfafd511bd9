package rpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"holon/transport/contract"
	"holon/transport/status"
)

// recorder is a tracer provider that keeps the spans it starts.
type recorder struct {
	noop.TracerProvider
	spans []*recordedSpan
}

type tracer struct {
	noop.Tracer
	*recorder
}

type recordedSpan struct {
	noop.Span
	recorder      *recorder
	sc            trace.SpanContext
	name          string
	parent        trace.SpanContext
	place, status string
	ended         bool
}

func (r *recorder) Tracer(string, ...trace.TracerOption) trace.Tracer { return tracer{recorder: r} }

func (r tracer) Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	config := trace.NewSpanStartConfig(options...)
	s := &recordedSpan{recorder: r.recorder, name: name, parent: trace.SpanContextFromContext(ctx)}
	for _, a := range config.Attributes() {
		if a.Key == "holon.place" {
			s.place = a.Value.AsString()
		}
	}
	s.sc = trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{byte(len(r.spans) + 1)}})
	r.spans = append(r.spans, s)
	return trace.ContextWithSpan(ctx, s), s
}

func (s *recordedSpan) IsRecording() bool                     { return true }
func (s *recordedSpan) SpanContext() trace.SpanContext        { return s.sc }
func (s *recordedSpan) TracerProvider() trace.TracerProvider  { return s.recorder }
func (s *recordedSpan) End(...trace.SpanEndOption)            { s.ended = true }
func (s *recordedSpan) SetStatus(_ codes.Code, reason string) { s.status = reason }

func TestSpanBelowARecordingParent(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		r := &recorder{}
		ctx, parent := r.Tracer("").Start(contract.WithPrincipal(t.Context(), contract.Principal{Subject: "u1"}), "request")
		call := n.serves(t, func(ctx context.Context, q greetRequest) (greetReply, error) {
			require.Equal(t, r.spans[len(r.spans)-1].sc, trace.SpanContextFromContext(ctx), "the handler works in it")
			if q.Name == "" {
				return greetReply{}, status.New(status.Invalid, "no_name", "no name")
			}
			return greetReply{Text: "hello"}, nil
		})
		reply, err := call(ctx, greetRequest{Name: "ada"})
		require.NoError(t, err)
		require.Equal(t, "hello", reply.Text)
		_, err = call(ctx, greetRequest{})
		require.Error(t, err)

		require.Len(t, r.spans, 3)
		for i, wantStatus := range []string{"", "no_name"} {
			s := r.spans[i+1]
			require.Equal(t, "hello.greet", s.name)
			require.Equal(t, "local", s.place)
			require.Equal(t, parent.SpanContext(), s.parent)
			require.Equal(t, wantStatus, s.status)
			require.True(t, s.ended)
		}
	})
}

func TestSpanOfAPanicEnds(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		r := &recorder{}
		ctx, _ := r.Tracer("").Start(t.Context(), "request")
		_, err := n.serves(t, func(context.Context, greetRequest) (greetReply, error) { panic("boom") })(ctx, greetRequest{})
		require.Error(t, err)
		require.True(t, r.spans[1].ended)
		require.Equal(t, "internal", r.spans[1].status)
	})
}

// TestNoSpanWithoutARecordingParent: a trace that nobody records still passes through to the handler's log lines.
func TestNoSpanWithoutARecordingParent(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
		call := n.serves(t, func(ctx context.Context, _ greetRequest) (greetReply, error) {
			require.Equal(t, sc, trace.SpanContextFromContext(ctx))
			return greetReply{}, nil
		})
		_, err := call(trace.ContextWithSpanContext(t.Context(), sc), greetRequest{})
		require.NoError(t, err)
	})
}
