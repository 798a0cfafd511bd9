package web_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

func TestShutdownWaitsForWhatIsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		s, p := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-leave }), web.DefaultLimits())
		c := p.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- s.Shutdown(t.Context()) }()
		synctest.Wait()
		require.Empty(t, stopped, "the request is still being worked on")
		_, err := p.Accept()
		require.ErrorIs(t, err, net.ErrClosed, "no new ones are taken")
		close(leave)
		r, _ := c.receive()
		require.Equal(t, 200, r.StatusCode)
		require.NoError(t, <-stopped)
		c.gone()
	})
}

func TestShutdownCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := make(chan error, 1)
		s, p := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			cut <- r.Context().Err()
		}), web.DefaultLimits())
		c := p.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
		require.Equal(t, 20*time.Second, time.Since(began))
		require.ErrorIs(t, <-cut, context.Canceled, "the handler is told")
		c.gone()
	})
}

func TestShutdownOfWhatNeverStarted(t *testing.T) {
	t.Parallel()
	require.NoError(t, web.NewServer(http.NotFoundHandler(), web.DefaultLimits(), slog.New(slog.DiscardHandler)).Shutdown(t.Context()))
}

// brokenListener fails for good.
type brokenListener struct{ *pipes }

var errBroken = errors.New("listener broke")

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

func TestDiedIsCalledOnceWhenTheListenerFails(t *testing.T) {
	t.Parallel()
	died := make(chan error, 2)
	s := web.NewServer(http.NotFoundHandler(), web.DefaultLimits(), slog.New(slog.DiscardHandler))
	s.Start(brokenListener{newPipes()}, func(err error) { died <- err })
	require.ErrorIs(t, <-died, errBroken)
	require.NoError(t, s.Shutdown(t.Context()))
	require.Empty(t, died)
}

func TestDiedIsCalledWhenSomebodyClosesTheListener(t *testing.T) {
	t.Parallel()
	died := make(chan error, 1)
	s, p := web.NewServer(http.NotFoundHandler(), web.DefaultLimits(), slog.New(slog.DiscardHandler)), newPipes()
	s.Start(p, func(err error) { died <- err })
	require.NoError(t, p.Close())
	require.ErrorIs(t, <-died, net.ErrClosed)
	require.NoError(t, s.Shutdown(t.Context()))
}
