package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestLameServerSendsItsClientsAway with their next answers, also with those of requests that were there before, and
// goes on serving who comes.
func TestLameServerSendsItsClientsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		leave := make(chan struct{})
		s, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/long" {
				<-leave
			}
			if r.URL.Path != "/nothing" {
				_, _ = io.WriteString(w, "done")
			}
		}), web.DefaultLimits())
		defer stop(t, s)
		kept, long := p.dial(t), p.dial(t)
		get := func(c *client, path string) { c.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n") }
		get(kept, "/")
		r, _ := kept.receive()
		require.False(t, r.Close)
		get(long, "/long")
		synctest.Wait()
		require.Equal(t, []int{1, 2}, []int{s.InFlight(), s.Connections()})

		s.Lame()
		close(leave)
		get(kept, "/nothing")
		for _, c := range []*client{kept, long} {
			r, _ := c.receive()
			require.True(t, r.Close)
			c.gone()
		}
		fresh := p.dial(t)
		get(fresh, "/")
		r, _ = fresh.receive()
		require.Equal(t, 200, r.StatusCode)
		require.True(t, r.Close)
		synctest.Wait()
		require.Equal(t, []int{0, 0}, []int{s.InFlight(), s.Connections()})
	})
}

func TestShutdownServesWhatIdleClientsSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, p := serve(t, http.NotFoundHandler(), web.DefaultLimits())
		c, unused := p.dial(t), p.dial(t)
		ask(c)
		began, stopped := time.Now(), make(chan error)
		go func() { stopped <- s.Shutdown(t.Context()) }()
		synctest.Wait()
		_, err := p.Accept()
		require.ErrorIs(t, err, net.ErrClosed, "no new connections")
		<-time.After(900 * time.Millisecond)
		for _, late := range []*client{c, unused} {
			ask(late)
			late.gone()
		}
		require.NoError(t, <-stopped)
		require.Equal(t, 900*time.Millisecond, time.Since(began), "with the last connection there is nothing to wait for")
	})
}

func TestIdleConnectionsAreClosedAfterTheGrace(t *testing.T) {
	t.Parallel()
	for name, grace := range map[string]time.Duration{"some": time.Second, "none": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := web.DefaultLimits()
				l.IdleGrace = grace
				s, p := serve(t, http.NotFoundHandler(), l)
				c, began := p.dial(t), time.Now()
				ask(c)
				synctest.Wait() // the answer is there before the connection is idle
				require.NoError(t, s.Shutdown(t.Context()))
				require.Equal(t, grace, time.Since(began))
				c.gone()
			})
		})
	}
}

// TestGraceIsPartOfTheTime that a shutdown has.
func TestGraceIsPartOfTheTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, p := serve(t, http.NotFoundHandler(), web.DefaultLimits())
		c, began := p.dial(t), time.Now()
		c.send("GET / HTTP/1.1\r\n")
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, s.Shutdown(ctx), context.DeadlineExceeded)
		require.Equal(t, 100*time.Millisecond, time.Since(began))
		c.gone()
	})
}
