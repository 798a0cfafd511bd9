package web_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// FuzzBody: whatever a client posts is answered, and never as a fault of ours.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		"", "{", "null", "[]", `""`, goodAccount,
		`{"email":"a@b.c","password":"correct horse","age":1,"items":[{"sku":"x","quantity":1},{"sku":"y","quantity":2}]}`,
		`{"email":"a@b.c","password":"correct horse","items":[{"quantity":1e30}]}`,
		`{"email":"a@b.c","password":"correct horse","items":[{"sku":1},null,{}],"items":{}}`,
		`{"password":"correct horse","Password":"","":{}}`,
	} {
		f.Add([]byte(body), "application/json")
	}
	f.Add([]byte("x"), "text/plain; charset=\xff")
	e := accounts(f)
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		w := e.do(t, "POST", "/accounts", bytes.NewReader(body), "Content-Type", contentType)
		require.Less(t, w.Code, 500, "%s", w.Body)
		if w.Code >= 400 {
			problemOf(t, w.Code, w)
		}
		require.Empty(t, e.log.String())
	})
}

// FuzzConnection: whatever comes over a connection, each answer is one that HTTP knows, none is a fault of ours, and
// the connection ends.
func FuzzConnection(f *testing.F) {
	for _, raw := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /large HTTP/1.0\r\n\r\n",
		"POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\":\"x\"}GET /docs/ HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /books HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
		"POST /books HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
		"POST /books HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n", // never reaches a handler
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		f.Add([]byte(raw))
	}
	e := patient(f, 0)
	f.Fuzz(func(t *testing.T, raw []byte) {
		synctest.Test(t, func(t *testing.T) {
			s, p := serve(t, e, e.limits)
			defer stop(t, s)
			c := p.dial(t)
			go func() { _, _ = c.Write(raw) }() // the server may close before it has read all
			var answers bytes.Buffer
			_, _ = io.Copy(&answers, c.in) // a closed pipe, in whatever way
			for in := bufio.NewReader(&answers); ; {
				r, err := http.ReadResponse(in, nil)
				if err != nil {
					break
				}
				_, _ = io.Copy(io.Discard, r.Body) // an answer to HEAD has none
				require.Less(t, r.StatusCode, 500, "%s", r.Status)
			}
			require.Empty(t, e.log.String())
		})
	})
}
