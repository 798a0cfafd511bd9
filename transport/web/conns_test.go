package web_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

func TestConnectionsPerAddress(t *testing.T) {
	t.Parallel()
	l := web.DefaultLimits()
	l.MaxConnsPerAddress = 2
	for _, row := range []struct {
		name    string
		open    []string
		another string
		refused bool
	}{
		{"one address", []string{"192.0.2.1:1", "192.0.2.1:2"}, "192.0.2.1:3", true},
		{"another address", []string{"192.0.2.1:1", "192.0.2.1:2"}, "192.0.2.2:1", false},
		{"one network of IPv6", []string{"[2001:db8::1]:1", "[2001:db8::2]:1"}, "[2001:db8::ffff:0:0:3]:1", true},
		{"another network of IPv6", []string{"[2001:db8::1]:1", "[2001:db8::2]:1"}, "[2001:db8:0:1::1]:1", false},
		{"IPv4 written as IPv6", []string{"192.0.2.1:1", "[::ffff:192.0.2.1]:2"}, "192.0.2.1:3", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, p := serve(t, http.NotFoundHandler(), l)
				defer stop(t, s)
				var open []*client
				for _, addr := range row.open {
					open = append(open, p.dialFrom(t, addr))
				}
				if c := p.dialFrom(t, row.another); row.refused {
					c.gone()
				} else {
					ask(c)
				}
				for _, c := range open {
					ask(c)
					require.NoError(t, c.Close())
				}
				synctest.Wait()
				ask(p.dialFrom(t, row.open[0]))
			})
		})
	}
}

// ask makes a request that is answered.
func ask(c *client) {
	c.t.Helper()
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	r, _ := c.receive()
	require.Equal(c.t, 404, r.StatusCode)
}

// TestConnectionsPerAddressOfARealListener does it with sockets.
func TestConnectionsPerAddressOfARealListener(t *testing.T) {
	t.Parallel()
	l := web.DefaultLimits()
	l.MaxConnsPerAddress = 1
	s := web.NewServer(http.NotFoundHandler(), l, slog.New(slog.DiscardHandler))
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.Start(ln, func(err error) { t.Errorf("the server died: %v", err) })
	defer stop(t, s)
	dial := func() net.Conn {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", ln.Addr().String())
		require.NoError(t, err)
		return c
	}
	// answered reports whether a new connection is served; a refused one is closed or reset.
	answered := func(c net.Conn) bool {
		_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		_, err := c.Read(make([]byte, 1))
		return err == nil
	}
	first := dial()
	require.True(t, answered(first))
	second := dial()
	require.False(t, answered(second))
	require.NoError(t, second.Close())
	require.NoError(t, first.Close())
	require.Eventually(t, func() bool {
		c := dial()
		defer c.Close()
		return answered(c)
	}, 10*time.Second, time.Millisecond)
}
