package web_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// small is a server of one connection, with its log.
func small(t *testing.T, h http.Handler) (*web.Server, *pipes, *record) {
	t.Helper()
	l, log, p := web.DefaultLimits(), &record{}, newPipes()
	l.MaxConns = 1
	s := web.NewServer(h, l, log.logger())
	s.Start(p, func(err error) { t.Errorf("the server died: %v", err) })
	return s, p, log
}

// TestConnectionsOverTheLimitWait for one to end, where those over an address's share are closed.
func TestConnectionsOverTheLimitWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, p, _ := small(t, http.NotFoundHandler())
		defer stop(t, s)
		require.False(t, s.Full())
		first := p.dial(t)
		ask(first)
		require.True(t, s.Full())
		second, third := p.dial(t), make(chan *client)
		go func() { third <- p.dial(t) }()
		answered := make(chan struct{})
		go func() {
			ask(second)
			close(answered)
		}()
		synctest.Wait()
		require.Empty(t, third, "it is not even accepted")
		require.Empty(t, answered)
		require.Equal(t, 1, s.Connections())
		require.NoError(t, first.Close())
		<-answered
		require.NoError(t, second.Close())
		last := <-third
		ask(last)
		require.NoError(t, last.Close())
		synctest.Wait()
		require.False(t, s.Full())
	})
}

// TestWaitingClientIsServedWhenTheServerStops: it has been accepted, so nobody else will.
func TestWaitingClientIsServedWhenTheServerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, p, _ := small(t, http.NotFoundHandler())
		first := p.dial(t)
		ask(first)
		second := p.dial(t)
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- s.Shutdown(t.Context()) }()
		ask(second)
		second.gone()
		first.gone()
		require.NoError(t, <-stopped)
		require.Zero(t, s.Connections())
	})
}

func TestFullServerSaysSo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		handler func(t *testing.T) http.Handler
		want    string
	}{
		{func(t *testing.T) http.Handler { return patient(t, 0) },
			`level=WARN msg="all public connections are in use: new ones wait" connections=1 hint=gateway.max_connections`},
		{func(*testing.T) http.Handler { return http.NotFoundHandler() },
			`level=WARN msg="all connections are in use: new ones wait" address=127.0.0.1:80 connections=1`},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, p, log := small(t, row.handler(t))
			defer stop(t, s)
			open := p.dial(t)
			ask(open)
			require.Empty(t, log.String(), "nobody waits")
			for minute := range 3 {
				for range 10 {
					next := p.dial(t)
					synctest.Wait()
					require.NoError(t, open.Close())
					ask(next)
					open = next
				}
				require.Equal(t, minute+1, strings.Count(log.String(), row.want), "%s", log)
				<-time.After(time.Minute)
			}
		})
	}
}

// TestServerWithoutALimitIsNeverFull.
func TestServerWithoutALimitIsNeverFull(t *testing.T) {
	t.Parallel()
	l := web.DefaultLimits()
	l.MaxConns = 0
	s := web.NewServer(http.NotFoundHandler(), l, slog.New(slog.DiscardHandler))
	require.False(t, s.Full())
}
