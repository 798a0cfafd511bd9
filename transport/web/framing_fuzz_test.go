package web_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

var (
	lengthed = regexp.MustCompile(`(?i)\ncontent-length:`)
	encoded  = regexp.MustCompile(`(?i)\ntransfer-encoding:`)
)

// sound returns how many requests net/http reads from the bytes before the first one that says in two ways where its
// body ends, or in one that its version does not have. It is -1 where there is none such.
func sound(raw []byte) int {
	source := bytes.NewReader(raw)
	in := bufio.NewReader(source)
	at := func() int { return len(raw) - source.Len() - in.Buffered() }
	for n, method := 0, ""; ; n++ {
		if peek, _ := in.Peek(4); method == "POST" { // which net/http's server does as well
			_, _ = in.Discard(len(peek) - len(bytes.TrimLeft(peek, "\r\n")))
		}
		began := at()
		r, err := http.ReadRequest(in)
		if err != nil {
			return -1
		}
		head := raw[began:at()]
		if encoded.Match(head) && (lengthed.Match(head) || !r.ProtoAtLeast(1, 1)) {
			return n
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return -1
		}
		method = r.Method
	}
}

// FuzzFraming: in whatever pieces the bytes come, no handler sees a request whose body ends twice, or what is behind it.
func FuzzFraming(f *testing.F) {
	const (
		get  = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
		post = "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx"
		both = "POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
		old  = "POST /3 HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	)
	for _, raw := range []string{
		both, get + both, post + both, post + "\r\r\n\n" + both, post + "\n\r\r\n" + both, post + "\r" + both, old, get + old,
		post + "\r\r\n\n" + old, post + strings.ReplaceAll(both, "\r\n", "\n"), strings.Replace(both, "Host: x", "Host: x\r\n \r\nX: \r", 1),
		strings.Replace(both, "\r\n\r\n", "\r\n\t\r\n\r\n", 1), strings.Replace(both, "Content-Length: 4", "content-LENGTH:\r\n 4", 1),
		strings.Replace(both, "Host: x", "Host: x\r\nX: "+strings.Repeat("x", 4094)+"\r", 1),
	} {
		for _, piece := range []uint16{0, 1, 47, uint16(len(get) + 3), uint16(len(post) + 60)} {
			f.Add([]byte(raw), piece)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, piece uint16) {
		want := sound(raw)
		if want < 0 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			handled := 0
			s, p := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				handled++
				_, _ = io.Copy(io.Discard, r.Body) // it may be broken
			}), web.DefaultLimits())
			defer stop(t, s)
			c := p.dial(t)
			go func() {
				for rest := raw; len(rest) > 0; {
					n := len(rest)
					if piece > 0 {
						n = min(n, int(piece))
					}
					if _, err := c.Write(rest[:n]); err != nil {
						return // the server has enough
					}
					synctest.Wait()
					rest = rest[n:]
				}
			}()
			_, _ = io.Copy(io.Discard, c.in) // a closed pipe, in whatever way
			require.LessOrEqual(t, handled, want)
		})
	})
}
