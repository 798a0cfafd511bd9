package main

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
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

	otelSampler    = "OTEL_TRACES_SAMPLER"
	otelSamplerArg = "OTEL_TRACES_SAMPLER_ARG"

	otlpProtocol = "http/protobuf"
	// otlpDefault is where traces go when only the exporter is named.
	otlpDefault = "http://localhost:4318"
)

var samplers = []string{
	"", "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

// tracesTo returns the place that the environment names for traces, "" for none: they are off then. The libraries would
// pass over what they cannot use; an operator wants to know.
func tracesTo(env []string) (string, error) {
	exporter, endpoint := lookup(env, otelExporter), cmp.Or(lookup(env, otelTracesEndpoint), lookup(env, otelEndpoint))
	protocol := cmp.Or(lookup(env, otelTracesProtocol), lookup(env, otelProtocol))
	sampler, share := lookup(env, otelSampler), lookup(env, otelSamplerArg)
	switch {
	case strings.EqualFold(lookup(env, otelDisabled), "true") || exporter == "none":
		return "", nil
	case exporter == "" && endpoint == "":
		return "", nil
	case !slices.Contains([]string{"", "otlp"}, exporter):
		return "", &failure{code: exitConfig, text: fmt.Sprintf("%s is %q: traces go out as otlp, or not at all with none", otelExporter, exporter),
			next: otelExporter + "=otlp"}
	case !slices.Contains([]string{"", otlpProtocol}, protocol):
		return "", &failure{code: exitConfig, text: fmt.Sprintf("%s is %q: traces are sent by %s only", otelProtocol, protocol, otlpProtocol),
			next: otelProtocol + "=" + otlpProtocol + ", and the collector's port for it, usually 4318"}
	case !slices.Contains(samplers, sampler):
		return "", &failure{code: exitConfig, text: fmt.Sprintf("%s is %q, which is none of %s", otelSampler, sampler, strings.Join(samplers[1:], ", ")),
			next: otelSampler + "=parentbased_traceidratio " + otelSamplerArg + "=0.1"}
	case strings.HasSuffix(sampler, "traceidratio") && share != "" && !isShare(share):
		return "", &failure{code: exitConfig, text: fmt.Sprintf("%s is %q, and a share of the traces is a number from 0 to 1", otelSamplerArg, share),
			next: otelSamplerArg + "=0.1"}
	}
	endpoint = cmp.Or(endpoint, otlpDefault)
	if u, err := url.Parse(endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", &failure{code: exitConfig, text: fmt.Sprintf("%s is %q, and needs http:// or https:// and a host", otelEndpoint, endpoint),
			next: otelEndpoint + "=http://collector:4318"}
	}
	return endpoint, nil
}

func isShare(text string) bool {
	share, err := strconv.ParseFloat(text, 64)
	return err == nil && share >= 0 && share <= 1
}
