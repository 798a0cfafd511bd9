package web_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// TestBodyThatEndsTwice is refused, in whatever pieces it arrives: behind it would be a request of somebody else's.
func TestBodyThatEndsTwice(t *testing.T) {
	t.Parallel()
	const both = "Content-Length: 4\r\ntransfer-encoding:chunked\r\n"
	for name, request := range map[string]string{
		"length first":     "POST /books HTTP/1.1\r\nHost: x\r\n" + both + "\r\n0\r\n\r\n",
		"encoding first":   "POST /books HTTP/1.1\r\nHost: x\r\nTRANSFER-ENCODING: chunked\r\ncontent-length:4\r\n\r\n0\r\n\r\n",
		"bare line feeds":  strings.ReplaceAll("POST /books HTTP/1.1\r\nHost: x\r\n"+both+"\r\n", "\r", "") + "0\r\n\r\n",
		"before it, lines": "\r\nPOST /books HTTP/1.1\r\nHost: x\r\n" + both + "\r\n0\r\n\r\n",
		"returns, lines":   "\r\r\n\nPOST /books HTTP/1.1\r\nHost: x\r\n" + both + "\r\n0\r\n\r\n",
		"a return, lines":  "\r\n\r\nPOST /books HTTP/1.1\r\nHost: x\r\n" + both + "\r\n0\r\n\r\n",
		"HTTP/1.0":         "POST /books HTTP/1.0\r\nHost: x\r\n" + both + "\r\n0\r\n\r\n",
	} {
		for _, piece := range []int{1, 7, 1 << 20} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := patient(t, 0)
					s, p := serve(t, e, e.limits)
					defer stop(t, s)
					c := p.dial(t)
					// Empty lines are passed over before a second request only, and only behind a POST.
					c.send("POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}")
					r, _ := c.receive()
					require.Equal(t, 200, r.StatusCode)
					go func() {
						for rest := request; rest != ""; {
							n := min(piece, len(rest))
							if _, err := c.Write([]byte(rest[:n])); err != nil {
								return
							}
							rest = rest[n:]
						}
					}()
					r, body := c.receive()
					require.Equal(t, 400, r.StatusCode, body)
					require.Contains(t, body, "both Content-Length and Transfer-Encoding")
					c.gone()
					require.Equal(t, 1, e.met(t, "malformed"))
					require.Zero(t, e.answered(t, "POST", "/books", "400"), "no route has seen it")
				})
			})
		}
	}
}

func TestBodiesThatEndOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		for _, request := range []string{
			"POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}",
			"POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-Content-Length: 4\r\n\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n",
			// What looks like a header in a body is none.
			"POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n{\"title\":\"x\"}\r\n\r\n11\r\nContent-Length:4\n\r\n0\r\n\r\n",
		} {
			c.send(request)
			r, body := c.receive()
			require.NotContains(t, body, "Content-Length")
			require.False(t, r.Close)
		}
	})
}

// TestChunksOfHTTP10: there are none in it, so that what comes as a body would be taken for the next request.
func TestChunksOfHTTP10(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		go func() {
			_, _ = c.Write([]byte("POST /books HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" +
				"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"))
		}()
		r, body := c.receive()
		require.Equal(t, 400, r.StatusCode)
		require.Contains(t, body, "an HTTP/1.0 request cannot have Transfer-Encoding")
		c.gone()
		require.Equal(t, 1, e.met(t, "malformed"))
	})
}

// TestChunkedBehindAnother: what was read together with another request was not looked at, wherever in it that ended.
// Such a request is refused, and nothing comes after it.
func TestChunkedBehindAnother(t *testing.T) {
	t.Parallel()
	const (
		get  = "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
		post = "POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}"
		body = "\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n" + get
	)
	for name, head := range map[string]string{
		"a length first":   "POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n",
		"a length at last": "POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
		"HTTP/1.0":         "POST /books HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
	} {
		for first, status := range map[string]int{get: 404, post: 200} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := patient(t, 0)
					s, p := serve(t, e, e.limits)
					defer stop(t, s)
					for cut := range len(head) + 1 {
						c := p.dial(t)
						go func() {
							_, _ = c.Write([]byte(first + head[:cut]))
							synctest.Wait()
							_, _ = c.Write([]byte(head[cut:] + body))
						}()
						r, _ := c.receive()
						require.Equal(t, status, r.StatusCode)
						r, text := c.receive()
						require.Equal(t, 400, r.StatusCode, "cut at %d: %s", cut, text)
						require.True(t, r.Close)
						c.gone()
					}
				})
			})
		}
	}
}

// TestPlainRequestsBehindAnother are as good as any.
func TestPlainRequestsBehindAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		const post = "POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}"
		go func() { _, _ = c.Write([]byte(strings.Repeat(post, 3))) }()
		for range 3 {
			r, body := c.receive()
			require.Equal(t, 200, r.StatusCode, body)
		}
		c.send("POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"title\":\"x\"}\r\n0\r\n\r\n")
		r, body := c.receive()
		require.Equal(t, 200, r.StatusCode, body)
	})
}
