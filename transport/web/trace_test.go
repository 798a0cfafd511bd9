package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
	"holon/transport/web"
)

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

type shelfRequest struct{ ID string }

// stacks is a module that the edge's routes may ask.
func stacks(t testing.TB) func(context.Context, shelfRequest) (shelfRequest, error) {
	t.Helper()
	d, err := rpc.New(rpc.Params{Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	require.NoError(t, err)
	method := contract.Method[shelfRequest, shelfRequest]{Name: "shelf.get", Callers: []contract.Caller{contract.Gateway}}
	require.NoError(t, d.Register(contract.Contract{Module: "shelf", Major: 1, Methods: []contract.Described{method}},
		rpc.Handle(method, func(_ context.Context, q shelfRequest) (shelfRequest, error) {
			if q.ID == "away" {
				return q, status.New(status.Unavailable, "module_unavailable", "away")
			}
			return q, nil
		})))
	d.Serve("shelf")
	return rpc.Bind(d.For(contract.Gateway), method)
}

// traced is an edge whose route asks another module, with all the spans that come of it.
func traced(t testing.TB, options ...sdk.TracerProviderOption) (*edge, *tracetest.InMemoryExporter) {
	t.Helper()
	spans, get := tracetest.NewInMemoryExporter(), stacks(t)
	provider := sdk.NewTracerProvider(append(options, sdk.WithSyncer(spans))...)
	t.Cleanup(func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) })
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books/{id}"), func(ctx context.Context, in *struct {
			ID string `path:"id"`
		}) (*struct{}, error) {
			switch in.ID {
			case "panics":
				panic("row 17")
			case "hangs-up":
				panic(http.ErrAbortHandler)
			}
			_, err := get(ctx, shelfRequest{ID: in.ID})
			return nil, err
		})
	}, func(p *web.Params) { p.Tracer = provider }), spans
}

func TestSpanOfARequest(t *testing.T) {
	t.Parallel()
	e, exporter := traced(t)
	w := e.do(t, "GET", "/books/1?secret=x", nil)
	require.Equal(t, 422, w.Code)
	exporter.Reset()
	require.Equal(t, 204, e.do(t, "GET", "/books/1", nil, "Traceparent", parent).Code)
	spans := exporter.GetSpans()
	require.Len(t, spans, 2)
	call, root := spans[0], spans[1]
	require.Equal(t, "GET /books/{id}", root.Name)
	require.Equal(t, trace.SpanKindServer, root.SpanKind)
	require.Equal(t, codes.Unset, root.Status.Code)
	require.True(t, root.Parent.IsRemote())
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", root.SpanContext.TraceID().String())
	require.Equal(t, "00f067aa0ba902b7", root.Parent.SpanID().String())
	require.ElementsMatch(t, []attribute.KeyValue{
		attribute.String("http.request.method", "GET"), attribute.String("url.scheme", "http"), attribute.String("url.path", "/books/1"),
		attribute.String("http.route", "/books/{id}"), attribute.Int("http.response.status_code", 204),
	}, root.Attributes)

	require.Equal(t, "shelf.get", call.Name)
	require.Equal(t, root.SpanContext.SpanID(), call.Parent.SpanID())
	require.Equal(t, root.SpanContext.TraceID(), call.SpanContext.TraceID())
	require.Contains(t, call.Attributes, attribute.String("holon.place", "local"))
}

func TestSpanOfAFailure(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		method, path, name string
		status             int
		errorType          string
	}{
		{"GET", "/books/away", "GET /books/{id}", 503, "503"},
		{"GET", "/books/panics", "GET /books/{id}", 500, "500"},
		{"GET", "/nothing/1", "GET", 404, ""},
		{"WONDER", "/nothing/1", "HTTP", 404, ""},
	} {
		t.Run(row.method+row.path, func(t *testing.T) {
			t.Parallel()
			e, exporter := traced(t)
			p := e.refused(t, row.status, row.method, row.path, nil)
			spans := exporter.GetSpans()
			root := spans[len(spans)-1]
			require.Equal(t, row.name, root.Name)
			require.False(t, root.Parent.IsValid(), "a trace of its own")
			require.Equal(t, root.SpanContext.TraceID().String(), p.TraceID)
			want := codes.Unset
			if row.errorType != "" {
				want = codes.Error
				require.Contains(t, root.Attributes, attribute.String("error.type", row.errorType))
			}
			require.Equal(t, want, root.Status.Code)
			require.Contains(t, root.Attributes, attribute.Int("http.response.status_code", row.status))
			if row.status == 500 {
				require.Contains(t, e.log.String(), "request panicked")
			}
		})
	}
}

// TestSpanOfWhatHasNoStatus says none.
func TestSpanOfWhatHasNoStatus(t *testing.T) {
	t.Parallel()
	e, exporter := traced(t)
	require.Panics(t, func() { e.do(t, "GET", "/books/hangs-up", nil) })
	spans := exporter.GetSpans()
	require.Len(t, spans, 1)
	for _, a := range spans[0].Attributes {
		require.NotEqual(t, attribute.Key("http.response.status_code"), a.Key)
	}
}

// TestUnsampledRequests have ids all the same, and what they call is not sampled either.
func TestUnsampledRequests(t *testing.T) {
	t.Parallel()
	e, exporter := traced(t, sdk.WithSampler(sdk.NeverSample()))
	p := e.refused(t, 503, "GET", "/books/away", nil, "Traceparent", parent)
	require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", p.TraceID)
	require.Len(t, e.refused(t, 503, "GET", "/books/away", nil).TraceID, 32)
	require.Empty(t, exporter.GetSpans())
	e, exporter = traced(t, sdk.WithSampler(sdk.ParentBased(sdk.AlwaysSample())))
	e.refused(t, 503, "GET", "/books/away", nil, "Traceparent", parent[:len(parent)-1]+"0")
	require.Empty(t, exporter.GetSpans(), "the client's decision")
}

// TestRequestsWithoutATracer have ids and no spans.
func TestRequestsWithoutATracer(t *testing.T) {
	t.Parallel()
	for _, provider := range []trace.TracerProvider{nil, noop.NewTracerProvider()} {
		e := newEdge(t, func(a *web.API) {
			web.Add(a, public("GET", "/books"), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
				require.True(t, trace.SpanContextFromContext(ctx).IsValid())
				require.False(t, trace.SpanFromContext(ctx).IsRecording())
				return nil, nil
			})
		}, func(p *web.Params) { p.Tracer = provider })
		require.Equal(t, 204, e.do(t, "GET", "/books", nil).Code)
	}
}
