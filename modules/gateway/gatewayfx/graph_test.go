package gatewayfx_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/user/userfx"
	"holon/transport/events"
	"holon/transport/web"
)

// TestPrefixes below which other modules have routes are refused; a handler of everything has what is left.
func TestPrefixes(t *testing.T) {
	t.Parallel()
	gateway := gatewayfx.Module()
	for prefix, says := range map[string]string{
		"/users/": "module market: below its Prefix /users/ is GET /users of module user", "/docs/": "of module gateway", "/": "", "/market/": "",
	} {
		market := modules.FromHTTP(modules.HTTP{Name: "market", About: "sells", Version: "1.0.0", Prefix: prefix, Handler: http.NewServeMux})
		graph, err := modules.Placement{All: []modules.Module{gateway, userfx.Module(), market}, Placed: []string{"gateway"},
			Settings: map[string]any{"gateway": gateway.Settings()}, Delivery: events.DefaultSettings()}.Options()
		require.NoError(t, err)
		var api *web.API
		app := fx.New(fx.NopLogger, graph, fx.Populate(&api), fx.Supply(slog.New(slog.DiscardHandler), modules.Node{Name: "test", Dir: t.TempDir()},
			fx.Annotate(prometheus.NewRegistry(), fx.As(new(prometheus.Registerer)))))
		if says == "" {
			require.NoError(t, app.Err(), prefix)
			continue
		}
		require.ErrorContains(t, app.Err(), says)
	}
}

// TestWhatTheNodeGets: a request that fails, because the module behind it runs nowhere, is in the recorder of the graph
// and in the traces of whoever wants them.
func TestWhatTheNodeGets(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	provider := sdk.NewTracerProvider(sdk.WithSyncer(spans))
	t.Cleanup(func() { _ = provider.Shutdown(context.WithoutCancel(t.Context())) })
	gateway := gatewayfx.Module()
	graph, err := modules.Placement{All: []modules.Module{gateway, userfx.Module()}, Placed: []string{"gateway"},
		Settings: map[string]any{"gateway": gateway.Settings()}, Delivery: events.DefaultSettings()}.Options()
	require.NoError(t, err)
	var api *web.API
	var recorder *web.Recorder
	var limits web.Limits
	app := fx.New(fx.NopLogger, graph, fx.Populate(&api, &recorder, &limits),
		fx.Provide(func() trace.TracerProvider { return provider }),
		fx.Supply(slog.New(slog.DiscardHandler), modules.Node{Name: "test", Dir: t.TempDir()},
			fx.Annotate(prometheus.NewRegistry(), fx.As(new(prometheus.Registerer)))))
	require.NoError(t, app.Err())
	require.Equal(t, web.DefaultLimits(), limits, "the defaults of the settings are those of the edge")

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/sessions", strings.NewReader(`{"email":"ada@example.com","password":"x"}`))
	r.Header.Set("Content-Type", "application/json")
	api.ServeHTTP(httptest.NewRecorder(), r)
	kept := recorder.List(web.Filter{})
	require.Len(t, kept, 1)
	require.Equal(t, []any{"/sessions", 503, "module_unavailable"}, []any{kept[0].Route, kept[0].Status, kept[0].Code})
	require.Len(t, kept[0].Calls, 1)
	require.Equal(t, []string{"module_unavailable", "local"}, []string{kept[0].Calls[0].Code, kept[0].Calls[0].Place})
	require.Len(t, spans.GetSpans(), 1, "nobody was called")
	require.Equal(t, "POST /sessions", spans.GetSpans()[0].Name)
	require.Equal(t, kept[0].TraceID, spans.GetSpans()[0].SpanContext.TraceID().String())
}
