package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestSlowloris: five hundred clients whose headers never end keep nobody waiting, and are gone when their time is up.
func TestSlowloris(t *testing.T) {
	const drips = 500
	e := patient(t, 0)
	l := e.limits
	l.ReadHeaderTimeout = time.Second
	s := listen(t, e, l)
	conns := make([]*net.TCPConn, drips)
	for i := range conns {
		conns[i] = s.dial(t)
		defer conns[i].Close()
		_, err := conns[i].Write([]byte("G")) // who says nothing at all is not late
		require.NoError(t, err)
	}
	var clients sync.WaitGroup
	clients.Go(func() { // one after the other, a byte each
		header := "ET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("x", 10_000)
		for at, open := 0, drips; open > 0 && at < len(header); at++ {
			for i, c := range conns {
				if c == nil {
					continue
				}
				if _, err := c.Write([]byte(header[at : at+1])); err != nil {
					conns[i] = nil
					open--
				}
			}
		}
	})
	good, answered := s.dial(t), 0
	defer good.Close()
	in := bufio.NewReader(good)
	for s.Connections() > 1 || answered == 0 {
		_, err := io.WriteString(good, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		r, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, r.Body)
		require.NoError(t, err)
		answered++
	}
	clients.Wait()
	require.Equal(t, drips, e.met(t, "read_header_timeout"))
	require.Greater(t, answered, 10)
}

// endless is a body or a header that never ends.
type endless struct {
	head string
	more []byte
}

// send writes until the server has enough, and returns how much that was and what it answered.
func (e endless) send(t *testing.T, s *listening) (int64, *http.Response) {
	t.Helper()
	c := s.dial(t)
	defer c.Close()
	sent := make(chan int64)
	go func() {
		n, err := io.WriteString(c, e.head)
		total := int64(n)
		for err == nil {
			n, err = c.Write(e.more)
			total += int64(n)
		}
		sent <- total
	}()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	require.NoError(t, c.Close())
	return <-sent, r
}

// TestFloods are answered while they come, and cost the server what the limit says and the kernel buffers.
func TestFloods(t *testing.T) {
	t.Parallel()
	const get, post = "GET /books HTTP/1.1\r\nHost: x\r\n", "POST /books HTTP/1.1\r\nHost: x\r\n"
	for name, row := range map[string]struct {
		flood  endless
		status int
		limit  string
	}{
		"body of a length":         {endless{post + "Content-Length: 1000000000000\r\n\r\n", []byte(strings.Repeat("x", 1<<16))}, 413, "max_body"},
		"body of an unsaid length": {endless{post + "Transfer-Encoding: chunked\r\n\r\n", []byte("10000\r\n" + strings.Repeat("x", 1<<16) + "\r\n")}, 413, "max_body"},
		"body of one-byte chunks":  {endless{post + "Transfer-Encoding: chunked\r\n\r\n", []byte(strings.Repeat("1\r\nx\r\n", 1000))}, 413, "max_body"},
		"chunk extensions":         {endless{post + "Transfer-Encoding: chunked\r\n\r\n1;", []byte(strings.Repeat("x", 1<<16))}, 400, ""},
		"one header":               {endless{get + "X: ", []byte(strings.Repeat("x", 1<<16))}, 431, "max_header_size"},
		"many headers":             {endless{get, []byte(strings.Repeat("X: y\r\n", 10_000))}, 431, "max_header_size"},
		"one target":               {endless{"GET /", []byte(strings.Repeat("x", 1<<16))}, 431, "max_header_size"},
		"nothing but line ends":    {endless{"", []byte(strings.Repeat("\r\n", 1<<15))}, 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := patient(t, 0)
			s := listen(t, e, e.limits)
			sent, r := row.flood.send(t, s)
			require.Equal(t, row.status, r.StatusCode)
			require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
			require.Less(t, sent, int64(64<<20), "of bytes without end")
			if row.limit != "" {
				require.Equal(t, 1, e.met(t, row.limit))
			}
			require.Eventually(t, func() bool { return s.Connections() == 0 }, tolerance, time.Millisecond)
		})
	}
}

// TestLargeHeaders are refused whole: one of a mebibyte, ten thousand, and as many as are just too many.
func TestLargeHeaders(t *testing.T) {
	t.Parallel()
	e := patient(t, 0)
	s := listen(t, e, e.limits)
	var many strings.Builder
	for i := range 10_000 {
		many.WriteString("X-" + strconv.Itoa(i) + ": y\r\n")
	}
	for _, headers := range []string{
		"X: " + strings.Repeat("x", 1<<20) + "\r\n", many.String(), strings.Repeat("X: y\r\n", 101), "X: " + strings.Repeat("x", 33<<10) + "\r\n",
	} {
		answers := s.exchange(t, []byte("GET /books HTTP/1.1\r\nHost: x\r\n"+headers+"\r\n"))
		require.Len(t, answers, 1)
		require.Equal(t, 431, answers[0].StatusCode)
	}
	require.Equal(t, 3, e.met(t, "max_header_size"))
	require.Equal(t, 1, e.met(t, "max_header_fields"))
}

// TestPipelinedGarbage: what was good is answered, what comes behind it is refused, and that is the end.
func TestPipelinedGarbage(t *testing.T) {
	t.Parallel()
	e := patient(t, 0)
	s := listen(t, e, e.limits)
	answers := s.say(t, []byte("POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}"+
		"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n\x00\x01\x02\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"), false)
	statuses := make([]int, 0, 3)
	for _, r := range answers {
		statuses = append(statuses, r.StatusCode)
	}
	require.Equal(t, []int{200, 404, 400}, statuses)
	require.Equal(t, 1, e.met(t, "malformed"))
}

// TestPipelinedRequestsGetTheirOwnAnswers, also when one arrives in the moment in which the one before is taken up.
func TestPipelinedRequestsGetTheirOwnAnswers(t *testing.T) {
	t.Parallel()
	e := patient(t, 0)
	s := listen(t, e, e.limits)
	c := s.dial(t)
	defer c.Close()
	const requests = 2000
	go func() {
		for range requests {
			if _, err := io.WriteString(c, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
				return // who reads finds out
			}
		}
	}()
	in := bufio.NewReader(c)
	for range requests {
		r, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Contains(t, string(body), `"code":"no_route"`)
		require.NotEmpty(t, r.Header.Get(web.RequestIDHeader))
	}
	require.Zero(t, e.met(t, "malformed"))
}

// TestSlowReaders fetch nothing of a large answer, and hold no connection for longer than they may.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/large"), large) },
		func(p *web.Params) { p.Limits.RequestTimeout = 10 * time.Millisecond })
	s := listen(t, e, e.limits)
	const readers = 20
	for range readers {
		c := s.dial(t)
		defer c.Close()
		require.NoError(t, c.SetReadBuffer(4096))
		_, err := io.WriteString(c, strings.Repeat("GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 10))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return e.met(t, "write_timeout") == readers && s.Connections() == 0 }, tolerance, 10*time.Millisecond)
	require.Empty(t, e.log.String())
}
