package web_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// socket is a listening socket that outlives the servers on it, as one of systemd does.
func socket(t *testing.T) (addr string, next func() net.Listener) {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := ln.(*net.TCPListener).File()
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	t.Cleanup(func() { _ = file.Close() })
	return ln.Addr().String(), func() net.Listener {
		ln, err := net.FileListener(file)
		require.NoError(t, err)
		return ln
	}
}

// caller is a client that keeps its connection as long as it may, and sends nothing twice.
type caller struct {
	addr string
	conn net.Conn
	in   *bufio.Reader
}

// post makes one request. Any error is a request lost.
func (c *caller) post(t *testing.T, n int64) error {
	if c.conn == nil {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", c.addr)
		if err != nil {
			return err
		}
		c.conn, c.in = conn, bufio.NewReader(conn)
	}
	body := fmt.Sprint(n)
	if _, err := fmt.Fprintf(c.conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		return err
	}
	r, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return err
	case r.StatusCode != http.StatusOK || string(answer) != body:
		return fmt.Errorf("%d %s", r.StatusCode, answer)
	case r.Close:
		err = c.conn.Close()
		c.conn = nil
	}
	return err
}

// TestHandover: servers follow each other on one socket, and of what clients send, once each, not one request is lost.
func TestHandover(t *testing.T) {
	addr, next := socket(t)
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = w.Write(body)
		}
		if err != nil {
			t.Error(err)
		}
	})
	start := func() *web.Server {
		s := web.NewServer(echo, web.DefaultLimits(), slog.New(slog.DiscardHandler))
		s.Start(next(), func(err error) { t.Errorf("the server died: %v", err) })
		return s
	}
	s := start()
	var clients sync.WaitGroup
	var asked, lost, fresh atomic.Int64
	over := make(chan struct{})
	for i := range 16 {
		clients.Go(func() {
			c := caller{addr: addr}
			// Some ask all the time, some every now and then, and all within the grace.
			pace := time.NewTicker(time.Duration(1+i*i) * time.Millisecond)
			defer pace.Stop()
			for {
				select {
				case <-over:
					if c.conn != nil {
						_ = c.conn.Close()
					}
					return
				case <-pace.C:
				}
				if c.conn == nil {
					fresh.Add(1)
				}
				if err := c.post(t, asked.Add(1)); err != nil {
					lost.Add(1)
					t.Errorf("lost: %v", err)
					c.conn = nil
				}
			}
		})
	}
	for range 5 {
		before := asked.Load()
		require.Eventually(t, func() bool { return asked.Load() > before+200 }, tolerance, time.Millisecond)
		s.Lame()
		after := start() // both for a moment, or one after the other: the socket waits
		require.NoError(t, s.Shutdown(t.Context()))
		require.Zero(t, s.Connections())
		s = after
		before = asked.Load()
		require.Eventually(t, func() bool { return asked.Load() > before+50 }, tolerance, time.Millisecond)
		require.NoError(t, s.Shutdown(t.Context()))
		s = start()
	}
	close(over)
	clients.Wait()
	require.NoError(t, s.Shutdown(t.Context()))
	require.Zero(t, lost.Load(), "of %d", asked.Load())
	require.Greater(t, fresh.Load(), int64(16*5), "connections were really left")
	t.Logf("%d requests over %d connections", asked.Load(), fresh.Load())
}

// TestHandoverOfTransport is the same for the client of the standard library, which must not repeat what it sends.
func TestHandoverOfTransport(t *testing.T) {
	addr, next := socket(t)
	start := func() *web.Server {
		e := patient(t, 0)
		s := web.NewServer(e, e.limits, slog.New(slog.DiscardHandler))
		s.Start(next(), func(err error) { t.Errorf("the server died: %v", err) })
		return s
	}
	s := start()
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	defer transport.CloseIdleConnections()
	var clients sync.WaitGroup
	var asked atomic.Int64
	over := make(chan struct{})
	for range 8 {
		clients.Go(func() {
			pace := time.NewTicker(5 * time.Millisecond)
			defer pace.Stop()
			for {
				select {
				case <-over:
					return
				case <-pace.C:
				}
				// A body that is only a reader cannot be sent again.
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/books", io.MultiReader(strings.NewReader(`{"title":"x"}`)))
				if err == nil {
					r.Header.Set("Content-Type", "application/json")
					var answer *http.Response
					if answer, err = transport.RoundTrip(r); err == nil {
						_, err = io.Copy(io.Discard, answer.Body)
						_ = answer.Body.Close()
						if answer.StatusCode != http.StatusOK {
							t.Errorf("answered %s", answer.Status)
						}
					}
				}
				if err != nil {
					t.Errorf("lost: %v", err)
				}
				asked.Add(1)
			}
		})
	}
	for range 3 {
		before := asked.Load()
		require.Eventually(t, func() bool { return asked.Load() > before+100 }, tolerance, time.Millisecond)
		require.NoError(t, s.Shutdown(t.Context()))
		s = start()
	}
	close(over)
	clients.Wait()
	transport.CloseIdleConnections()
	require.NoError(t, s.Shutdown(t.Context()))
}
