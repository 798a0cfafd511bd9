package main

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spanCollector takes spans as an OpenTelemetry collector does.
type spanCollector struct {
	*httptest.Server

	mu      sync.Mutex
	spans   []*tracepb.Span
	service string
}

func startCollector(t *testing.T) *spanCollector {
	t.Helper()
	c := &spanCollector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &sent) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, resource := range sent.ResourceSpans {
			for _, a := range resource.Resource.Attributes {
				if a.Key == "service.name" {
					c.service = a.Value.GetStringValue()
				}
			}
			for _, scope := range resource.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// find returns the spans of a trace by name.
func (c *spanCollector) find(trace string) map[string]*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]*tracepb.Span)
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace {
			out[s.Name] = s
		}
	}
	return out
}

// TestTraces follows an order from the client's own trace over the edge and the calls to the handler of its event.
func TestTraces(t *testing.T) {
	t.Parallel()
	c := startCollector(t)
	node := launchWith(t, t.TempDir(), func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "OTEL_SERVICE_NAME=shop")
	}, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")
	const trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	ada.ask(201, "POST", "/orders", oneBook, "Traceparent", "00-"+trace+"-"+parent+"-01")
	node.settled()
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM)) // which sends out what is left
	require.Equal(t, exitOK, node.wait(), "%s", node.output)

	require.Equal(t, "shop", c.service)
	spans := c.find(trace)
	require.Contains(t, spans, "POST /orders")
	require.Contains(t, spans, "order.place")
	require.Contains(t, spans, "process user.orders")
	require.Equal(t, parent, hex.EncodeToString(spans["POST /orders"].ParentSpanId))
	require.Equal(t, tracepb.Span_SPAN_KIND_SERVER, spans["POST /orders"].Kind)
	require.Equal(t, spans["POST /orders"].SpanId, spans["order.place"].ParentSpanId)
	require.NotEmpty(t, spans["process user.orders"].ParentSpanId)
}

func TestTracesTo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		want string
		says string
	}{
		"off unless told":     {nil, "", ""},
		"an endpoint":         {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://here:4318"}, "http://here:4318", ""},
		"one for traces":      {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4318/v1/traces"}, "http://localhost:4318/v1/traces", ""},
		"the default place":   {[]string{"OTEL_TRACES_EXPORTER=otlp"}, otlpDefault, ""},
		"switched off":        {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_SDK_DISABLED=true"}, "", ""},
		"no traces":           {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318", "OTEL_TRACES_EXPORTER=none"}, "", ""},
		"another exporter":    {[]string{"OTEL_TRACES_EXPORTER=zipkin"}, "", "OTEL_TRACES_EXPORTER is \"zipkin\""},
		"another protocol":    {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, "", "http/protobuf only"},
		"no scheme":           {[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318"}, "", "needs http://"},
		"an unknown sampler":  {[]string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=some"}, "", "parentbased_traceidratio"},
		"more than all":       {[]string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=10"}, "", "from 0 to 1"},
		"a share of them":     {[]string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.1"}, otlpDefault, ""},
		"the protocol we use": {[]string{"OTEL_TRACES_EXPORTER=otlp", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, otlpDefault, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tracesTo(c.env)
			require.Equal(t, c.want, got)
			if c.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.says)
			_, code := explain(err)
			require.Equal(t, exitConfig, code)
		})
	}
}
