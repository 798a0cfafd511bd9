package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/web"
)

// TestRequests looks for a failed request and a slow one as somebody does who has a trace id from a problem or a log.
func TestRequests(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := launchWith(t, dir, func(c *exec.Cmd) { c.Env = append(c.Env, "HOLON_GATEWAY_SLOW_REQUEST=1us") },
		"--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")
	const trace = "4bf92f3577b34da6a3ce929d0e0e4736"
	ada.ask(201, "POST", "/orders", oneBook, "Traceparent", "00-"+trace+"-00f067aa0ba902b7-01")

	alone := launch(t, dir, "-m", "gateway", "--name", "n2", "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	alone.await()
	lost := (&person{t: t, url: alone.URL, token: ada.token}).ask(503, "GET", "/orders?secret=1", "")

	verb := func(code int, args ...string) string {
		t.Helper()
		var out lockedBuffer
		args = append([]string{"requests"}, append(args, "--config", "none", "--data-dir", dir)...)
		require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &out}), "%s", &out)
		return out.String()
	}
	out := verb(0, "--node", "n1", "--slow", "--route", "/orders")
	require.Regexp(t, `(?m)^\S+Z  POST    /orders  201     -  .* order\.place .*`+trace+`$`, strings.ReplaceAll(out, "CODE", ""))
	require.Regexp(t, `(?m)^order\.place  .* ok  .*█`, verb(0, "--node", "n1", trace))
	require.Contains(t, verb(0, "--node", "n1", "--failed"), "no such requests")
	out = verb(0, "--node", "n2", "-o", "json")
	require.NotContains(t, out, "secret", "a query may be about persons")
	var l requestList
	require.NoError(t, json.Unmarshal([]byte(out), &l))
	require.Len(t, l.Items, 1)
	require.Equal(t, web.Failed, l.Items[0].Kind)
	require.Equal(t, lost.field(t, "trace_id"), l.Items[0].TraceID)
	require.Equal(t, lost.field(t, "code"), l.Items[0].Code)
	require.Contains(t, verb(exitFailed, "--node", "n2", trace), "only failed (5xx")
	verb(exitUsage, "--failed", "--slow")
	verb(exitUsage, "--limit", "0")
	(&person{t: t, url: "http://" + node.Admin}).ask(422, "GET", "/requests?kind=odd", "")
}

func TestWriteRequest(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, writeRequest(&out, web.Request{
		Time: time.Date(2026, 11, 23, 5, 6, 7, 0, time.UTC), Kind: web.Failed, Method: "POST", Route: "/orders", Path: "/orders",
		Status: 504, Code: "deadline_exceeded", Took: 10 * time.Second, TraceID: "4bf9", RequestID: "01a2", Subject: "ada",
		Calls: []contract.Call{
			{Method: "user.exists", Place: "local", Start: time.Millisecond, Took: 2500 * time.Millisecond, Code: "ok"},
			{Method: "order.place", Place: "local", Start: 2501 * time.Millisecond, Took: 7499 * time.Millisecond, Code: "deadline_exceeded"},
		}, MoreCalls: 1,
	}))
	require.Equal(t, `request     POST /orders
route       /orders
at          2026-11-23T05:06:07Z
status      504
code        deadline_exceeded
took        10s
user        ada
trace       4bf9
request id  01a2

CALL         AFTER  TOOK  ANSWER             WHEN
user.exists  1ms    2.5s  ok                 ██████████······························
order.place  2.5s   7.5s  deadline_exceeded  ··········██████████████████████████████
and 1 more call
`, out.String())
}
