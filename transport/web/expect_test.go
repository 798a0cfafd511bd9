package web_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBodiesThatNeverCome are waited for no longer than a body may take, and are one limit that was met, whether a
// handler wants them or not, and whoever refused the request.
func TestBodiesThatNeverCome(t *testing.T) {
	t.Parallel()
	const (
		length  = "Content-Length: 13\r\n"
		chunked = "Transfer-Encoding: chunked\r\n"
		asks    = "Expect: 100-continue\r\n"
	)
	for name, row := range map[string]struct {
		path, headers string
		limit         string
		took          time.Duration
	}{
		"wanted":              {"/books", asks + length, "body_timeout", 15 * time.Second},
		"wanted in chunks":    {"/books", asks + chunked, "body_timeout", 31 * time.Second},
		"not wanted":          {"/nothing", asks + length, "body_timeout", 15 * time.Second},
		"other expectations":  {"/books", "Expect: wonders\r\n" + length, "malformed", 15 * time.Second},
		"others, in chunks":   {"/books", "Expect: wonders\r\n" + chunked, "malformed", 15 * time.Second},
		"a body of two kinds": {"/books", asks + length + chunked, "malformed", 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := patient(t, 0)
				s, p := serve(t, e, e.limits)
				defer stop(t, s)
				c, began := p.dial(t), time.Now()
				c.send("POST " + row.path + " HTTP/1.1\r\nHost: x\r\n" + row.headers + "\r\n")
				r, body := c.receive()
				if r.StatusCode == http.StatusContinue {
					r, body = c.receive()
				}
				require.GreaterOrEqual(t, r.StatusCode, 400, body)
				c.gone()
				require.InDelta(t, row.took, time.Since(began), float64(time.Second))
				for _, l := range e.limits.Describe() {
					want := 0
					if l.Name == row.limit {
						want = 1
					}
					require.Equal(t, want, e.met(t, l.Name), l.Name)
				}
			})
		})
	}
}
