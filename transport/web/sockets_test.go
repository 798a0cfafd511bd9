package web_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// tolerance is longer than anything here may take. Who waits for it has found a fault.
const tolerance = 30 * time.Second

// listening is a server on a real port.
type listening struct {
	*web.Server
	addr string
}

// listen starts a server on a real port, with deadlines that are real too, and stops it after the test.
func listen(t testing.TB, h http.Handler, l web.Limits) *listening {
	t.Helper()
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := web.NewServer(h, l, slog.New(slog.DiscardHandler))
	s.Start(ln, func(err error) { t.Errorf("the server died: %v", err) })
	t.Cleanup(func() { _ = s.Shutdown(t.Context()) }) // the test's context is over: what is open is cut
	return &listening{s, ln.Addr().String()}
}

// dial connects; the connection gives up after a while. Its user closes it.
func (s *listening) dial(t testing.TB) *net.TCPConn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.addr)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(tolerance)))
	return c.(*net.TCPConn)
}

// exchange sends bytes, as far as the server takes them, and returns the answers up to the end of the connection.
func (s *listening) exchange(t testing.TB, raw []byte) []*http.Response {
	t.Helper()
	return s.say(t, raw, true)
}

// say is exchange for a client that may say more: net/http takes one that cannot for gone, once it has seen so.
func (s *listening) say(t testing.TB, raw []byte, all bool) []*http.Response {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		_, _ = c.Write(raw) // the server may have enough before the end
		if all {
			_ = c.CloseWrite()
		}
	}()
	defer func() { <-sent }()
	var out []*http.Response
	for in := bufio.NewReader(c); ; {
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			require.NotErrorIs(t, err, errTimeout, "the server keeps the connection, and says nothing")
			return out
		}
		_, _ = io.Copy(io.Discard, r.Body) // an answer may be cut
		out = append(out, r)
	}
}
