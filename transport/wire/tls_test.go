package wire_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// TestOverTLS all is the same: calls of any size, leaving, draining.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	lender := httptest.NewTLSServer(nil) // of its certificate
	t.Cleanup(lender.Close)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	side := newSide(t)
	s, err := wire.NewServer(wire.ServerParams{
		Handler: echo, Hello: serverHello, Limits: wire.DefaultLimits(), Log: side.logger(), Metrics: side.metrics,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	s.Start(tls.NewListener(ln, &tls.Config{Certificates: lender.TLS.Certificates}), func(err error) { t.Error(err) })
	dialer := &tls.Dialer{Config: &tls.Config{
		RootCAs: lender.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "example.com",
	}}
	c, mine := dial(t, ln.Addr().String(), func(p *wire.DialParams) { p.Dial = dialer.DialContext })
	var callers sync.WaitGroup
	for i := range 64 {
		callers.Go(func() {
			reply, err := ask(t.Context(), c, "a.b", make([]byte, i*10000))
			if err != nil || len(reply) != i*10000 {
				t.Errorf("%d bytes: %d, %v", i*10000, len(reply), err)
			}
		})
	}
	callers.Wait()
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	for short.Err() == nil {
		_, _ = ask(short, c, "a.b", make([]byte, 1<<20))
	}
	require.NoError(t, s.Drain(t.Context()))
	<-c.Done()
	require.NoError(t, c.Close())
	require.Zero(t, side.sum(t, "holon_wire_refused_total")+mine.sum(t, "holon_wire_refused_total"))
}
