package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-logr/logr"
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
	otel.SetLogger(logr.FromSlogHandler(log.Handler()))
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
	log      *slog.Logger
	// where they are sent.
	where string
}

// tracesOf switches tracing on where the environment says so.
func tracesOf(ctx context.Context, n modules.Node, env []string, log *slog.Logger) (traces, error) {
	where, err := tracesTo(env)
	if err != nil || where == "" {
		return traces{}, err
	}
	provider, err := newTracing(ctx, n, log)
	return traces{provider, log, where}, err
}

// option gives the provider to the graph; without one, nothing there makes spans.
func (t traces) option() fx.Option {
	if t.provider == nil {
		return fx.Options()
	}
	return fx.Provide(func() trace.TracerProvider { return t.provider })
}

// stop sends out what is left. A collector that is away is no reason to call a stop unclean.
func (t traces) stop(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		t.log.Warn("the last traces are not delivered", "err", err)
	}
	return nil
}
