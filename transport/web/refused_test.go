package web_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

func TestLimitsAreDescribed(t *testing.T) {
	t.Parallel()
	e := patient(t, 0)
	l := e.limits
	l.MaxBody, l.MaxURL = 1500, 0
	byName := make(map[string]web.Limit)
	families, err := e.metrics.Gather()
	require.NoError(t, err)
	for _, limit := range l.Describe() {
		byName[limit.Name] = limit
		require.NotEmpty(t, limit.Refusal, limit.Name)
	}
	for _, f := range families {
		if f.GetName() != "holon_http_refused_total" {
			continue
		}
		require.Len(t, f.GetMetric(), len(byName), "every limit has a series before it was met")
		for _, m := range f.GetMetric() {
			require.Contains(t, byName, m.GetLabel()[0].GetValue())
		}
	}
	require.Equal(t, web.Limit{Name: "max_header_size", Setting: "gateway.max_header_size", Now: "32KiB",
		Refusal: "431 request_header_fields_too_large"}, byName["max_header_size"])
	require.Equal(t, []string{"1500B", "0", "10000", "none", "10s", "15s and 1s for each 64KiB", "5s after the request's deadline"},
		[]string{byName["max_body"].Now, byName["max_url"].Now, byName["max_connections"].Now, byName["max_connections_per_address"].Now,
			byName["request_timeout"].Now, byName["body_timeout"].Now, byName["write_timeout"].Now})
}

// TestLimitsAreCounted meets each limit in turn, on connections in a bubble, and finds it counted once, and nothing else.
func TestLimitsAreCounted(t *testing.T) {
	t.Parallel()
	const get = "GET /nothing HTTP/1.1\r\nHost: x\r\n"
	for name, row := range map[string]struct {
		send   string
		status int
		code   string
	}{
		"max_url":             {"GET /" + strings.Repeat("x", 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414, "request_uri_too_long"},
		"max_header_fields":   {get + strings.Repeat("X: y\r\n", 101) + "\r\n", 431, "request_header_fields_too_large"},
		"max_header_size":     {get + "X: " + strings.Repeat("y", 32<<10) + "\r\n\r\n", 431, "request_header_fields_too_large"},
		"max_body":            {"POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413, "too_large"},
		"body_timeout":        {"POST /books HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{", 400, "request_timeout"},
		"request_timeout":     {"GET /late HTTP/1.1\r\nHost: x\r\n\r\n", 504, "deadline_exceeded"},
		"read_header_timeout": {"GET / HTTP/1.1\r\nHost:", 0, ""},
		"write_timeout":       {"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", 0, ""},
		"malformed":           {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := late(t)
				s, p := serve(t, e, e.limits)
				defer stop(t, s)
				c := p.dial(t)
				go func() { _, _ = c.Write([]byte(row.send)) }() // the server may have enough before the end
				if row.status != 0 {
					r, body := c.receive()
					require.Equal(t, row.status, r.StatusCode, body)
					require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
					require.Contains(t, body, `"code":"`+row.code+`"`)
				} else {
					<-time.After(time.Minute)
				}
				require.NoError(t, c.Close())
				synctest.Wait()
				for _, l := range e.limits.Describe() {
					want := 0
					if l.Name == name {
						want = 1
					}
					require.Equal(t, want, e.met(t, l.Name), l.Name)
				}
			})
		})
	}
}

// late is a patient edge with a route that never ends by itself.
func late(t *testing.T) *edge {
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("POST", "/books"), func(context.Context, *titleIn) (*bookOut, error) { return &bookOut{}, nil })
		web.Add(a, public("GET", "/late"), func(ctx context.Context, _ *struct{}) (*bookOut, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		web.Add(a, public("GET", "/large"), large)
	})
}

// large answers with more than a connection that nobody reads from can hold.
func large(context.Context, *struct{}) (*bookOut, error) {
	out := &bookOut{}
	out.Body.Title = strings.Repeat("x", 4<<20)
	return out, nil
}

// TestIdleConnectionsMeetNoLimit, and neither do clients that go.
func TestIdleConnectionsMeetNoLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		s, p := serve(t, e, e.limits)
		defer stop(t, s)
		p.dial(t).gone() // a browser connects ahead of what it may want
		idle, gone := p.dial(t), p.dial(t)
		ask(idle)
		gone.send("GET / HT")
		require.Equal(t, 2, e.counted(t, "holon_http_connections", map[string]string{}))
		require.Equal(t, 2, s.Connections())
		require.NoError(t, gone.Close())
		idle.gone()
		synctest.Wait()
		require.Zero(t, e.counted(t, "holon_http_connections", map[string]string{}))
		for _, l := range e.limits.Describe() {
			if l.Name != "malformed" { // half a request line is one
				require.Zero(t, e.met(t, l.Name), l.Name)
			}
		}
	})
}

func TestConnectionLimitsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := patient(t, 0)
		l := e.limits
		l.MaxConns, l.MaxConnsPerAddress = 2, 1
		s, p := serve(t, e, l)
		defer stop(t, s)
		first := p.dialFrom(t, "192.0.2.1:1")
		ask(first)
		p.dialFrom(t, "192.0.2.1:2").gone()
		require.Equal(t, 1, e.met(t, "max_connections_per_address"))
		require.Zero(t, e.met(t, "max_connections"))
		ask(p.dialFrom(t, "192.0.2.2:1"))
		synctest.Wait()
		require.Zero(t, e.met(t, "max_connections"), "there is just enough")
		third := p.dialFrom(t, "192.0.2.3:1")
		synctest.Wait()
		require.Equal(t, 1, e.met(t, "max_connections"))
		require.NoError(t, first.Close())
		ask(third)
		require.Equal(t, 1, e.met(t, "max_connections"))
	})
}
