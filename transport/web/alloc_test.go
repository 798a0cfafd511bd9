package web_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"

	"holon/transport/web"
)

// TestRecordingCostsOneAllocation, and tracing that is off none.
func TestRecordingCostsOneAllocation(t *testing.T) {
	measure := func(options ...func(*web.Params)) float64 {
		e := benchEdge(t, options...)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/books", nil)
		require.NoError(t, err)
		r.RequestURI = "/books"
		r.Header.Set("Authorization", "Bearer x")
		w := nowhere{make(http.Header)}
		return testing.AllocsPerRun(1000, func() {
			clear(w.header)
			e.ServeHTTP(w, r)
		})
	}
	plain := measure()
	require.LessOrEqual(t, measure(func(p *web.Params) { p.Recorder = web.NewRecorder(time.Hour) }), plain+1)
	require.LessOrEqual(t, measure(func(p *web.Params) { p.Tracer = noop.NewTracerProvider() }), plain)
}
