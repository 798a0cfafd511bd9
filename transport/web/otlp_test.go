package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"holon/transport/web"
)

// TestTracesOfWhatIsNoText reach a collector, together with those of others: it would refuse them all.
func TestTracesOfWhatIsNoText(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 10)
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(raw, &sent) != nil {
			t.Error("not a batch of spans")
			return
		}
		for _, span := range sent.ResourceSpans[0].ScopeSpans[0].Spans {
			for _, a := range span.Attributes {
				if a.Key == "url.path" {
					paths <- a.Value.GetStringValue()
				}
			}
		}
	}))
	defer c.Close()
	exporter, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(c.URL+"/v1/traces"))
	require.NoError(t, err)
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter))
	defer func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) }()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), ok) }, func(p *web.Params) { p.Tracer = provider })
	for _, row := range []struct{ method, target string }{
		{"GET", "/books"}, {"GET", "/%ff"}, {"GET", "/%00\xff"}, {"W\xff", "/books/%c3%a9"}, {"GET", "/books"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.Method, r.RequestURI = row.method, row.target
		r.URL, err = r.URL.Parse(row.target)
		require.NoError(t, err)
		r.Header.Set("User-Agent", "\xff")
		e.ServeHTTP(httptest.NewRecorder(), r)
	}
	require.NoError(t, provider.ForceFlush(t.Context()))
	for _, want := range []string{"/books", "/%ff", "/%00%FF", "/books/%c3%a9", "/books"} {
		require.Equal(t, want, <-paths)
	}
}
