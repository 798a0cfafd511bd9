package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
)

// drip sends pieces at a pace until the other side has had enough.
func drip(w io.Writer, piece string, times int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for range times {
		if _, err := io.WriteString(w, piece); err != nil {
			return
		}
		<-tick.C
	}
}

// TestSlowUploadsAreNotTheUpstreams holds that a client that sends slowly says nothing about its upstream, and has the time
// that its body takes: the route's is the upstream's.
func TestSlowUploadsAreNotTheUpstreams(t *testing.T) {
	t.Parallel()
	u, other := newUpstream(t, echo), newUpstream(t, echo)
	f := newFront(t, with(to("s", "/s", u, other), func(r *routes.Route) { r.Timeout = 1200 * time.Millisecond }),
		with(to("up", "/up", u), func(r *routes.Route) { r.Streams, r.Timeout = true, 1200*time.Millisecond }))
	for _, path := range []string{"/s", "/up"} {
		read, write := io.Pipe()
		go func() {
			drip(write, strings.Repeat("x", 7000), 20)
			_ = write.Close()
		}()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+f.addr+path, read)
		require.NoError(t, err)
		r.ContentLength = 140_000
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode, path)
		require.Len(t, body, 140_000)
	}
	for _, s := range f.door.Services() {
		for _, i := range s.Instances {
			require.Zero(t, i.Failures)
			require.Equal(t, proxy.Closed, i.Breaker)
		}
	}
}

// TestUnfinishedBodiesEnd holds that whoever announces a body and sends none is cut off, whatever the route lets others do.
func TestUnfinishedBodiesEnd(t *testing.T) {
	t.Parallel()
	u := newUpstream(t, echo)
	auth := func(r *routes.Route) { r.Auth = routes.AuthAny }
	f := newFront(t, with(to("plain", "/plain", u), auth), with(to("feed", "/feed", u), func(r *routes.Route) { auth(r); r.Streams = true }),
		with(to("ws", "/ws", u), func(r *routes.Route) { r.Upgrade = true }), with(to("big", "/big", u), func(r *routes.Route) { auth(r); r.MaxBody = 1 << 30 }))
	type end struct{ path, line string }
	ended := make(chan end)
	for path, framing := range map[string]string{"/plain": "Content-Length: 10", "/feed": "Content-Length: 10", "/ws": "Content-Length: 10", "/big": "Transfer-Encoding: chunked"} {
		go func() {
			c, err := net.Dial("tcp", f.addr)
			if err != nil {
				ended <- end{path, err.Error()}
				return
			}
			defer func() { _ = c.Close() }()
			_, _ = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: h\r\n"+framing+"\r\n\r\n")
			in := bufio.NewReader(c)
			line, _ := in.ReadString('\n')
			_, _ = io.Copy(io.Discard, in) // until the connection is over
			ended <- end{path, strings.TrimSpace(line)}
		}()
	}
	late := time.After(20 * time.Second)
	for range 4 {
		select {
		case e := <-ended:
			require.Regexp(t, `^HTTP/1.1 (401|400) `, e.line, e.path)
		case <-late:
			t.Fatal("somebody is still there")
		}
	}
}
