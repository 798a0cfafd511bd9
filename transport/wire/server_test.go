package wire_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// TestAListenerThatDiesIsTold, once.
func TestAListenerThatDiesIsTold(t *testing.T) {
	t.Parallel()
	n := newNet(t)
	died := make(chan error, 2)
	s, err := wire.NewServer(wire.ServerParams{
		Handler: echo, Hello: serverHello, Limits: wire.DefaultLimits(), Log: n.server.logger(), Metrics: n.server.metrics,
	})
	require.NoError(t, err)
	s.Start(n, func(err error) { died <- err })
	require.NoError(t, n.Close())
	require.ErrorIs(t, <-died, net.ErrClosed)
	require.NoError(t, s.Close())
	require.Empty(t, died)
}

// busy is a listener of a system that has no room twice.
type busy struct {
	net.Listener
	left int
}

func (b *busy) Accept() (net.Conn, error) {
	if b.left--; b.left >= 0 {
		return nil, tooMany{}
	}
	return b.Listener.Accept()
}

type tooMany struct{}

func (tooMany) Error() string   { return "too many open files" }
func (tooMany) Temporary() bool { return true }

func TestAcceptGoesOnAfterAShortage(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	side := newSide(t)
	s, err := wire.NewServer(wire.ServerParams{
		Handler: echo, Hello: serverHello, Limits: wire.DefaultLimits(), Log: side.logger(), Metrics: side.metrics,
	})
	require.NoError(t, err)
	s.Start(&busy{Listener: ln, left: 2}, func(err error) { t.Error(err) })
	c, _ := dial(t, ln.Addr().String())
	_, err = ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	<-c.Done()
	require.ErrorContains(t, c.Err(), "without a word")
}

func TestStartAfterCloseTakesNothing(t *testing.T) {
	t.Parallel()
	n := newNet(t)
	s, err := wire.NewServer(wire.ServerParams{
		Handler: echo, Hello: serverHello, Limits: wire.DefaultLimits(), Log: n.server.logger(), Metrics: n.server.metrics,
	})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s.Start(n, func(err error) { t.Error(err) })
	<-n.closed
	require.NoError(t, s.Close())
}

func TestNewServerNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := wire.NewServer(wire.ServerParams{})
	require.ErrorContains(t, err, "needs Handler")
	side := newSide(t)
	_, err = wire.NewServer(wire.ServerParams{Handler: echo, Hello: serverHello, Log: side.logger(), Metrics: side.metrics})
	require.ErrorContains(t, err, "limit Calls must be positive")
	_, err = wire.NewMetrics(side.registry)
	require.Error(t, err, "twice")
}

// TestAHandlerThatEndsItsGoroutine is answered for, like one that panics.
func TestAHandlerThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	h := start(t, func(context.Context, *wire.Request, *bytes.Buffer) error {
		runtime.Goexit()
		return errors.New("never")
	})
	c, _ := dial(t, h.addr)
	for range 3 {
		_, err := ask(t.Context(), c, "a.b", nil)
		require.Equal(t, status.Internal, status.CodeOf(err))
	}
	eventually(t, func() bool { return h.InFlight() == 0 }, "all ended")
}
