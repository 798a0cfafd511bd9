package wire_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// side is what both ends share of the things around them.
type side struct {
	registry *prometheus.Registry
	metrics  *wire.Metrics
	log      *lines
}

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lines) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.buf.String(), what)
}

func newSide(tb testing.TB) *side {
	tb.Helper()
	s := &side{registry: prometheus.NewRegistry(), log: new(lines)}
	var err error
	s.metrics, err = wire.NewMetrics(s.registry)
	require.NoError(tb, err)
	return s
}

func (s *side) logger() *slog.Logger { return slog.New(slog.NewTextHandler(s.log, nil)) }

// refused returns how often a reason was counted.
func (s *side) refused(tb testing.TB, reason string) float64 {
	tb.Helper()
	return s.value(tb, "holon_wire_refused_total", reason)
}

// value returns the sample of a family whose first label has the given value.
func (s *side) value(tb testing.TB, family, label string) float64 {
	tb.Helper()
	families, err := s.registry.Gather()
	require.NoError(tb, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == family && m.GetLabel()[0].GetValue() == label {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func serverHello() wire.Hello {
	return wire.Hello{Cluster: "c1", Node: "users", Boot: "b1", Modules: []wire.Module{
		{Name: "user", Major: 2, Methods: []string{"user.get", "user.list"}},
	}}
}

func clientHello() wire.Hello { return wire.Hello{Cluster: "c1", Node: "orders", Boot: "b2"} }

// echo answers with what it was asked.
func echo(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
	reply.Write(r.Body)
	return nil
}

type house struct {
	*wire.Server
	*side
	addr string
}

// start runs a server on a free port until the test ends.
func start(tb testing.TB, h wire.Handler, with ...func(*wire.ServerParams)) *house {
	tb.Helper()
	s := newSide(tb)
	p := wire.ServerParams{
		Handler: h, Hello: serverHello, Limits: wire.DefaultLimits(), Log: s.logger(), Metrics: s.metrics,
	}
	for _, w := range with {
		w(&p)
	}
	server, err := wire.NewServer(p)
	require.NoError(tb, err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	server.Start(ln, func(err error) { tb.Errorf("the server died: %v", err) })
	tb.Cleanup(func() { require.NoError(tb, server.Close()) })
	return &house{Server: server, side: s, addr: ln.Addr().String()}
}

func dialParams(s *side, addr string) wire.DialParams {
	return wire.DialParams{
		Addr: addr, Hello: clientHello, Dial: new(net.Dialer).DialContext, Limits: wire.DefaultLimits(),
		Log: s.logger(), Metrics: s.metrics,
	}
}

// dial connects to addr until the test ends.
func dial(tb testing.TB, addr string, with ...func(*wire.DialParams)) (*wire.Conn, *side) {
	tb.Helper()
	s := newSide(tb)
	p := dialParams(s, addr)
	for _, w := range with {
		w(&p)
	}
	c, err := wire.Dial(tb.Context(), p)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, c.Close()) })
	return c, s
}

// ask calls and returns the reply's body.
func ask(ctx context.Context, c *wire.Conn, method string, body []byte) (reply []byte, err error) {
	err = c.Call(ctx, &wire.Request{Method: method, Caller: "order", Body: body}, func(b []byte) error {
		reply = bytes.Clone(b)
		return nil
	})
	return reply, err
}

// eventually waits for a state.
func eventually(tb testing.TB, state func() bool, what string) {
	tb.Helper()
	require.Eventually(tb, state, 10*time.Second, time.Millisecond, what)
}

func (s *side) panics(tb testing.TB) float64 {
	tb.Helper()
	return s.sum(tb, "holon_wire_panics_total")
}

// sum adds up a family.
func (s *side) sum(tb testing.TB, family string) (out float64) {
	tb.Helper()
	families, err := s.registry.Gather()
	require.NoError(tb, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == family {
				out += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return out
}
