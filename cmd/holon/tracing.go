package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"
	// A collector may want https, and an image of nothing but this binary has no certificates.
	_ "golang.org/x/crypto/x509roots/fallback"
	"golang.org/x/time/rate"

	"holon/modules"
)

// Tracing is configured by the variables that OpenTelemetry gives every program
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), not by settings of ours: who
// collects traces has them set for all programs already. The libraries read the rest of them by themselves: headers,
// certificates, sampler, batch sizes.
const (
	otelDisabled       = "OTEL_SDK_DISABLED"
	otelExporter       = "OTEL_TRACES_EXPORTER"
	otelEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	otelTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	otelProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	otelTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"

	otlpProtocol = "http/protobuf"
)

// wantsTraces reports whether the environment names a place for traces. Without one they are off.
func wantsTraces(env []string) (bool, error) {
	exporter := lookup(env, otelExporter)
	protocol := lookup(env, otelTracesProtocol)
	if protocol == "" {
		protocol = lookup(env, otelProtocol)
	}
	switch {
	case lookup(env, otelDisabled) == "true" || exporter == "none":
		return false, nil
	case exporter == "" && lookup(env, otelEndpoint) == "" && lookup(env, otelTracesEndpoint) == "":
		return false, nil
	case !slices.Contains([]string{"", "otlp"}, exporter):
		return false, &failure{code: exitConfig, text: fmt.Sprintf("%s is %q: traces go out as otlp, or not at all with none", otelExporter, exporter),
			next: otelExporter + "=otlp"}
	case !slices.Contains([]string{"", otlpProtocol}, protocol):
		return false, &failure{code: exitConfig, text: fmt.Sprintf("%s is %q: traces are sent by %s only", otelProtocol, protocol, otlpProtocol),
			next: otelProtocol + "=" + otlpProtocol + ", and the collector's port for it, usually 4318"}
	}
	return true, nil
}

// newTracing returns a provider that sends spans out in batches until it is shut down. Nothing is dialled yet.
func newTracing(ctx context.Context, n modules.Node, log *slog.Logger) (*sdk.TracerProvider, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("make the exporter of traces: %w", err)
	}
	// What OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say comes last and wins.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "holon"), attribute.String("service.version", n.Version),
		attribute.String("service.instance.id", n.Name), attribute.String("holon.boot", n.Boot),
	), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read the OTEL_ variables: %w", err)
	}
	otel.SetErrorHandler(quietly(log))
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about)), nil
}

// quietly logs what becomes of traces, a line a minute: a collector that is away is no reason to fill the log.
func quietly(log *slog.Logger) otel.ErrorHandler {
	now := rate.Sometimes{First: 1, Interval: time.Minute}
	return otel.ErrorHandlerFunc(func(err error) {
		now.Do(func() { log.Warn("traces not delivered", "err", err) })
	})
}

// traces is what a node has of tracing; the zero value is off.
type traces struct {
	provider *sdk.TracerProvider
}

// tracesOf switches tracing on where the environment says so.
func tracesOf(ctx context.Context, n modules.Node, env []string, log *slog.Logger) (traces, error) {
	wanted, err := wantsTraces(env)
	if err != nil || !wanted {
		return traces{}, err
	}
	provider, err := newTracing(ctx, n, log)
	return traces{provider}, err
}

// option gives the provider to the graph; without one, nothing there makes spans.
func (t traces) option() fx.Option {
	if t.provider == nil {
		return fx.Options()
	}
	return fx.Provide(func() trace.TracerProvider { return t.provider })
}

// stop sends out what is left.
func (t traces) stop(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
