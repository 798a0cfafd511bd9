package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkNode tells what a node costs that does nothing: the time from its exec until it says READY=1, on a data dir that
// holds some thousand orders; the memory it holds a few seconds later; the size of the binary as it is released.
func BenchmarkNode(b *testing.B) {
	released := filepath.Join(b.TempDir(), "holon")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w -buildid=", "-o", released, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(b, err, "%s", out)
	info, err := os.Stat(released)
	require.NoError(b, err)

	dir := b.TempDir()
	node := start(b, dir)
	ada := &person{t: b, url: node.URL}
	ada.register("ada@example.com")
	for n := range 2000 {
		ada.ask(201, "POST", "/orders", oneBook, "Idempotency-Key", fmt.Sprint("bench-", n))
	}
	node.settled()
	stop(b, node)

	m := startManager(b)
	hear := func(c *exec.Cmd) {
		m.hear(c)
		c.Path = released
	}
	var took time.Duration
	var memory int64
	for range b.N {
		began := time.Now()
		p := launchWith(b, dir, hear, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
		require.Equal(b, "READY=1", m.next(b))
		took += time.Since(began)
		<-time.After(idleAfter)
		memory += residentOf(b, p.cmd.Process.Pid)
		stop(b, p)
		require.Equal(b, "STOPPING=1", m.next(b))
	}
	b.ReportMetric(took.Seconds()*1000/float64(b.N), "ms-to-ready")
	b.ReportMetric(float64(memory)/float64(b.N)/1e6, "idle-MB")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
	b.ReportMetric(0, "ns/op")
}

// idleAfter is how long after its start a node counts as idle.
const idleAfter = 3 * time.Second

func stop(b *testing.B, p *process) {
	b.Helper()
	require.NoError(b, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Equal(b, exitOK, p.wait(), "%s", p.output)
}

// residentOf is the memory that a process holds, in bytes.
func residentOf(b testing.TB, pid int) int64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	require.NoError(b, err)
	pages, err := strconv.ParseInt(strings.Fields(string(raw))[1], 10, 64)
	require.NoError(b, err)
	return pages * int64(os.Getpagesize())
}
