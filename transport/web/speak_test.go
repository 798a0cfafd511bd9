package web_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestWhatNoHandlerSees is a problem like any other.
func TestWhatNoHandlerSees(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		send   string
		status int
		code   string
		detail string
	}{
		"no HTTP":           {"hello\r\n\r\n", 400, "malformed", "the request is not HTTP/1.1 as it should be"},
		"no host":           {"GET / HTTP/1.1\r\n\r\n", 400, "malformed", "the request is not HTTP/1.1 as it should be"},
		"two lengths":       {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "malformed", "the request is not HTTP/1.1 as it should be"},
		"another encoding":  {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "malformed", "the request's body is encoded in a way that is not known here"},
		"another version":   {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 400, "malformed", "the request is of a version of HTTP that is not spoken here"},
		"wonders":           {"POST / HTTP/1.1\r\nHost: x\r\nExpect: wonders\r\n\r\n", 417, "expectation_failed", "the only expectation that can be met is 100-continue"},
		"wonders, HTTP/1.0": {"POST / HTTP/1.0\r\nExpect: wonders\r\n\r\n", 417, "expectation_failed", "the only expectation that can be met is 100-continue"},
		"endless headers":   {"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", 100_000), 431, "request_header_fields_too_large", "the request's headers are too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := patient(t, 0)
				s, p := serve(t, e, e.limits)
				defer stop(t, s)
				c := p.dial(t)
				ask(c) // a connection that was good up to then
				go func() { _, _ = c.Write([]byte(row.send)) }()
				r, body := c.receive()
				require.Equal(t, row.status, r.StatusCode, body)
				require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
				require.NotEmpty(t, r.Header.Get("Date"))
				require.True(t, r.Close)
				var problem web.Problem
				require.NoError(t, json.Unmarshal([]byte(body), &problem))
				require.Equal(t, []any{"about:blank", row.status, row.code, row.detail},
					[]any{problem.Type, problem.Status, problem.Code, problem.Detail})
				require.NotEmpty(t, problem.Title)
				c.gone()
			})
		})
	}
}

func TestTheServerItselfIsNoRoute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		c := p.dial(t)
		c.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
		r, body := c.receive()
		require.Equal(t, 404, r.StatusCode)
		require.Contains(t, body, `"code":"no_route"`)
	})
}
