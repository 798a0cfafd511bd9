package web_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestDeadlinesEndWithTheirRequest: those of one request, long over, do not cut the next ones on its connection.
func TestDeadlinesEndWithTheirRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		for _, request := range []struct {
			text string
			want int
		}{
			{"POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}", 200},
			{"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 200},
			{"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 404},
			{"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", 200},
			{"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 404},
			{"POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n", 200},
		} {
			c.send(request.text)
			r, body := c.receive()
			require.Equal(t, request.want, r.StatusCode, body)
			<-time.After(70 * time.Second) // longer than any deadline of a request, shorter than idle
		}
	})
}

func TestClientThatHangsUp(t *testing.T) {
	t.Parallel()
	t.Run("in the middle of its body", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := patient(t, 0)
			s, p := serve(t, e, e.limits)
			defer stop(t, s)
			c := p.dial(t)
			c.send("POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"ti")
			require.NoError(t, c.Close())
			synctest.Wait()
			require.Equal(t, 1, e.answered(t, "POST", "/books", "400"))
			require.Empty(t, e.log.String())
		})
	})
	t.Run("while it is worked for", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := patient(t, 30*time.Second)
			s, p := serve(t, e, e.limits)
			defer stop(t, s)
			c := p.dial(t)
			c.send("POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}")
			synctest.Wait()
			require.NoError(t, c.Close())
			synctest.Wait()
			require.Equal(t, 1, e.answered(t, "POST", "/books", "499"), "the work ends at once")
			require.Empty(t, e.log.String())
		})
	})
	t.Run("in the middle of the answer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := patient(t, 0)
			s, p := serve(t, e, e.limits)
			defer stop(t, s)
			c := p.dial(t)
			c.send("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
			_, err := c.in.ReadByte()
			require.NoError(t, err)
			require.NoError(t, c.Close())
			synctest.Wait()
			require.Empty(t, e.log.String())
		})
	})
}

// TestBadFraming is answered as bad: what cannot be read is no fault of ours.
func TestBadFraming(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")
		r, body := c.receive()
		require.Equal(t, 400, r.StatusCode, body)
		require.Contains(t, body, `"code":"malformed"`)
		c.gone()
	})
}

// TestUnwantedBodyIsNotSent: a client that asks first learns from the length alone.
func TestUnwantedBodyIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, func(a *web.API) {
			web.Add(a, public("POST", "/books"), func(context.Context, *titleIn) (*struct{}, error) { return nil, nil })
		})
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("POST /books HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10000000\r\n\r\n")
		r, body := c.receive()
		require.Equal(t, 413, r.StatusCode, body)
	})
}
