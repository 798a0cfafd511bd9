package main

import (
	"fmt"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkSplit has wrk read an account over 64 connections, from one process that runs everything and from two: the
// gateway, and user behind it. It reports the CPU time of all that serve, so that what a module costs elsewhere is seen.
func BenchmarkSplit(b *testing.B) {
	if _, err := exec.LookPath("wrk"); err != nil {
		b.Skip("wrk is not installed: apt-get install wrk")
	}
	whole := start(b, b.TempDir())
	dir := b.TempDir()
	front := start(b, dir, "--name", "front", "-m", "gateway,registry")
	back := launch(b, dir, "--name", "back", "-m", "user", "--admin-addr", "127.0.0.1:0", "--join", gossipOf(b, front))
	back.await()
	for _, c := range []struct {
		name  string
		nodes []*process
	}{
		{"one-node", []*process{whole}},
		{"two-nodes", []*process{front, back}},
	} {
		ada := &person{t: b, url: c.nodes[0].URL}
		id := ada.register("ada@example.com")
		b.Run(c.name, func(b *testing.B) {
			ask := func(seconds int) float64 { return wrkGet(b, c.nodes[0].URL+"/users/"+id, ada.token, seconds) }
			ask(1) // connections are opened, and buffers as large as they will be
			before := cpuOfAll(b, c.nodes)
			rate := ask(wrkSeconds)
			b.ReportMetric(rate, "req/s")
			b.ReportMetric(float64((cpuOfAll(b, c.nodes)-before).Microseconds())/(rate*wrkSeconds), "cpu-µs/op")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// gossipOf is what other nodes name to join a node.
func gossipOf(b *testing.B, p *process) string {
	b.Helper()
	var s nodeStatus
	require.NoError(b, target{name: p.name, admin: p.Admin}.look(b.Context(), "/status", &s))
	return s.Addresses["gossip"]
}

// wrkGet has wrk ask over 64 connections and returns how many answers a second there were, all of them good.
func wrkGet(b *testing.B, url, token string, seconds int) float64 {
	b.Helper()
	out, err := exec.CommandContext(b.Context(), "wrk", "-t1", "-c64", fmt.Sprintf("-d%ds", seconds),
		"-H", "Authorization: Bearer "+token, url).CombinedOutput()
	require.NoError(b, err, "%s", out)
	require.NotRegexp(b, wrkRefused, string(out))
	found := wrkRate.FindStringSubmatch(string(out))
	require.Len(b, found, 2, "%s", out)
	rate, err := strconv.ParseFloat(found[1], 64)
	require.NoError(b, err)
	return rate
}

// cpuOfAll is the CPU time that nodes have taken together.
func cpuOfAll(b *testing.B, nodes []*process) (sum time.Duration) {
	for _, p := range nodes {
		sum += cpuOf(b, p.cmd.Process.Pid)
	}
	return sum
}
