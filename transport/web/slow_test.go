package web_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// patient is an edge whose handlers take the time the test gives them.
func patient(t testing.TB, work time.Duration) *edge {
	return newEdge(t, func(a *web.API) {
		post := public("POST", "/books")
		post.Timeout = time.Minute
		web.Add(a, post, func(ctx context.Context, in *titleIn) (*bookOut, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(work):
				out := &bookOut{}
				out.Body.Title = in.Body.Title
				return out, nil
			}
		})
		web.Add(a, public("GET", "/large"), func(ctx context.Context, _ *struct{}) (*bookOut, error) {
			out := &bookOut{}
			out.Body.Title = strings.Repeat("x", 1<<20)
			return out, nil
		})
	})
}

func TestSlowHeadersAreCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		for _, part := range []string{"", "G", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "} {
			c, began := p.dial(t), time.Now()
			c.send(part)
			_, err := io.Copy(io.Discard, c.in)
			require.NoError(t, err)
			require.Equal(t, e.limits.ReadHeaderTimeout, time.Since(began))
		}
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
		c.receive()
		began := time.Now()
		c.gone()
		require.Equal(t, e.limits.IdleTimeout, time.Since(began))
	})
}

// TestSlowBody gets its time and no more, on a route that reads it and where none does: net/http reads what a handler
// leaves before it answers, and would wait for ever.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"/books": 400, "/nothing": 404, "/large": 405} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := patient(t, 0)
				s, p := serve(t, e, e.limits)
				defer stop(t, s)
				c, began := p.dial(t), time.Now()
				c.send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 131072\r\n\r\n{\"title\"")
				r, body := c.receive()
				require.Equal(t, want, r.StatusCode, body)
				require.Equal(t, 17*time.Second, time.Since(began), "15 s and one for each 64 KiB announced")
				c.gone()
			})
		})
	}
}

func TestBodyThatTakesItsTimeIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 59*time.Second) // long after the body's deadline, which must not end the work
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\"")
		<-time.After(14 * time.Second)
		c.send(`:"x"}`)
		r, body := c.receive()
		require.Equal(t, 200, r.StatusCode, "the work has its whole time from then on")
		require.JSONEq(t, `{"title":"x"}`, body)
	})
}

// TestSlowReader: who does not fetch his answer loses it, and that is no event.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
		<-time.After(e.limits.RequestTimeout + 6*time.Second)
		n, err := io.Copy(io.Discard, c.in)
		require.NoError(t, err)
		require.Less(t, n, int64(1<<20))
		require.Empty(t, e.log.String())
	})
}
