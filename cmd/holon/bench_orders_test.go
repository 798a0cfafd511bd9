package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// wrkSeconds is how long each load of BenchmarkOrders lasts.
const wrkSeconds = 6

var (
	wrkRate    = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	wrkRefused = regexp.MustCompile(`Non-2xx or 3xx responses: \d+|Socket errors: .*`)
)

// BenchmarkOrders has wrk place orders with keys, durable before they are answered and with their events delivered
// meanwhile, and reports how many a second the machine takes, wrk included. It ends each time when every event has had
// its effect.
func BenchmarkOrders(b *testing.B) {
	wrk, err := exec.LookPath("wrk")
	if err != nil {
		b.Skip("wrk is not installed: apt-get install wrk")
	}
	script, err := filepath.Abs(filepath.Join("testdata", "wrk", "orders.lua"))
	require.NoError(b, err)
	node := start(b, b.TempDir())
	ada := &person{t: b, url: node.URL}
	ada.register("ada@example.com")
	for _, clients := range []int{1, 16, 64, 128} {
		b.Run(strconv.Itoa(clients), func(b *testing.B) {
			cmd := exec.CommandContext(b.Context(), wrk, "-t1", fmt.Sprint("-c", clients), fmt.Sprintf("-d%ds", wrkSeconds),
				"-s", script, node.URL)
			cmd.Env = append(os.Environ(), "TOKEN="+ada.token, "ORDER="+oneBook, fmt.Sprintf("RUN=%d-%d", clients, b.N))
			before := cpuOf(b, node.cmd.Process.Pid)
			out, err := cmd.CombinedOutput()
			require.NoError(b, err, "%s", out)
			require.NotRegexp(b, wrkRefused, string(out))
			node.settled()
			found := wrkRate.FindStringSubmatch(string(out))
			require.Len(b, found, 2, "%s", out)
			rate, err := strconv.ParseFloat(found[1], 64)
			require.NoError(b, err)
			b.ReportMetric(rate, "orders/s")
			b.ReportMetric(float64((cpuOf(b, node.cmd.Process.Pid)-before).Microseconds())/(rate*wrkSeconds), "cpu-µs/op")
			b.ReportMetric(0, "ns/op")
		})
	}
}
