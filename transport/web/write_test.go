package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestNobodyReads: who does not take the answer is let go, also where no API is there to set a deadline.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "alive") })
	for name, row := range map[string]struct {
		send string
		took time.Duration
	}{
		"a handler's answer": {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 15 * time.Second},
		"a refusal":          {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 15 * time.Second},
		"no HTTP":            {"hello\r\n\r\n", 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, p := serve(t, answer, web.DefaultLimits())
				defer stop(t, s)
				p.dial(t).send(row.send)
				<-time.After(row.took - 1)
				require.Equal(t, 1, s.Connections())
				<-time.After(time.Second) // net/http waits a moment where it cut a client short
				require.Zero(t, s.Connections())
			})
		})
	}
}

// TestHandlersMayTakeTheirTime where no API bounds them, as profiles and backups do: only who is late is cut.
func TestHandlersMayTakeTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 3 {
				select {
				case <-time.After(10 * time.Minute):
				case <-r.Context().Done():
					t.Error("the request is over")
				}
				_, err := io.WriteString(w, strings.Repeat("x", 1<<20))
				if err != nil {
					t.Error(err)
				}
			}
		}), web.DefaultLimits())
		defer stop(t, s)
		c, began := p.dial(t), time.Now()
		for range 2 { // whatever the first leaves behind
			c.send("GET /debug/pprof/profile?seconds=1800 HTTP/1.1\r\nHost: x\r\n\r\n")
			r, body := c.receive()
			require.Equal(t, 200, r.StatusCode)
			require.Len(t, body, 3<<20)
		}
		require.Equal(t, time.Hour, time.Since(began))
	})
}

// TestFlushBeginsAnAnswer, so that a server that stops has said so.
func TestFlushBeginsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flushed := make(chan error, 1)
		s, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			flushed <- http.NewResponseController(w).Flush()
		}), web.DefaultLimits())
		defer stop(t, s)
		s.Lame()
		c := p.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		r, _ := c.receive()
		require.NoError(t, <-flushed)
		require.True(t, r.Close)
	})
}

// TestFlushFailsAloud: a handler that streams learns that nobody listens.
func TestFlushFailsAloud(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flushed := make(chan error, 1)
		s, p := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			flushed <- http.NewResponseController(w).Flush()
		}), web.DefaultLimits())
		defer stop(t, s)
		c := p.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, c.Close())
		require.Error(t, <-flushed)
	})
}
