package web_test

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"holon/transport/contract"
	"holon/transport/web"
)

// nowhere is a response nobody reads.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

// benchEdge has a route that does nothing, for whoever is signed in.
func benchEdge(b testing.TB, options ...func(*web.Params)) *edge {
	return newEdge(b, func(a *web.API) {
		r := public("GET", "/books")
		r.Access = web.SignedIn
		web.Add(a, r, ok)
	}, append(options, func(p *web.Params) {
		p.Auth = authFunc(func(context.Context, string) (contract.Principal, error) {
			return contract.Principal{Subject: "u1"}, nil
		})
	})...)
}

// BenchmarkDoor prints what the edge itself costs a request, without a network.
func BenchmarkDoor(b *testing.B) {
	run := func(b *testing.B, e *edge) {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "/books", nil)
		require.NoError(b, err)
		r.RequestURI = "/books"
		r.Header.Set("Authorization", "Bearer x")
		w := nowhere{make(http.Header)}
		b.ReportAllocs()
		for b.Loop() {
			clear(w.header)
			e.ServeHTTP(w, r)
		}
	}
	b.Run("plain", func(b *testing.B) { run(b, benchEdge(b)) })
	b.Run("recorded", func(b *testing.B) {
		run(b, benchEdge(b, func(p *web.Params) { p.Recorder = web.NewRecorder(time.Second) }))
	})
	b.Run("sampled out", func(b *testing.B) {
		run(b, benchEdge(b, func(p *web.Params) { p.Tracer = sdk.NewTracerProvider(sdk.WithSampler(sdk.NeverSample())) }))
	})
	b.Run("traced", func(b *testing.B) {
		run(b, benchEdge(b, func(p *web.Params) { p.Tracer = sdk.NewTracerProvider() }))
	})
}

// BenchmarkConnection prints what a request costs on a kept connection, both ends together.
func BenchmarkConnection(b *testing.B) {
	e := benchEdge(b)
	s := web.NewServer(e, e.limits, slog.New(slog.DiscardHandler))
	ln, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	require.NoError(b, err)
	s.Start(ln, func(error) {})
	b.Cleanup(func() { require.NoError(b, s.Shutdown(context.WithoutCancel(b.Context()))) })
	c, err := new(net.Dialer).DialContext(b.Context(), "tcp", ln.Addr().String())
	require.NoError(b, err)
	b.Cleanup(func() { _ = c.Close() })
	in, ask := bufio.NewReader(c), []byte("GET /books HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(ask); err != nil {
			b.Fatal(err)
		}
		for { // an answer without a body ends with an empty line
			line, err := in.ReadSlice('\n')
			if err != nil {
				b.Fatal(err)
			}
			if len(line) == 2 {
				break
			}
		}
	}
}
