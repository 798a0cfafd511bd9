package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestStopCountsDown holds that a stop finishes a request that is still arriving, says meanwhile what it waits for and
// how long yet, and serves everything until the load balancer's time is over.
func TestStopCountsDown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir, "--lb-grace", "2s")
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")
	admin := &person{t: t, url: "http://" + node.Admin}

	conn, err := net.Dial("tcp", strings.TrimPrefix(node.URL, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		ada.token, len(oneBook))
	require.NoError(t, err)
	inFlight := func() bool {
		return strings.Contains(string(admin.ask(200, "GET", "/metrics", "").raw), `holon_http_requests_in_flight{method="POST",route="/orders"} 1`)
	}
	require.Eventually(t, inFlight, 5*time.Second, 5*time.Millisecond)

	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	notReady := func() bool {
		a, err := admin.try("GET", "/readyz", "")
		return err == nil && a.code == http.StatusServiceUnavailable
	}
	require.Eventually(t, notReady, 5*time.Second, 5*time.Millisecond)
	ada.ask(200, "GET", "/orders", "") // on a connection that is there, and
	fresh := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(fresh.CloseIdleConnections)
	require.True(t, ada.once(fresh, "GET", "/orders", "", 200), "on a new one")

	for _, says := range []string{"stopping: waiting for=readiness left=", `stopping: waiting for=requests left=1`, "requests=1"} {
		require.Eventually(t, func() bool { return strings.Contains(node.output.String(), says) }, 10*time.Second, 10*time.Millisecond, says)
	}
	_, err = conn.Write([]byte(oneBook))
	require.NoError(t, err)
	answer := make([]byte, 12)
	_, err = conn.Read(answer)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 201", string(answer))
	require.Equal(t, exitOK, node.wait())
	node = start(t, dir)
	ada.url = node.URL
	require.Len(t, ada.allOrders(), 1)
}
