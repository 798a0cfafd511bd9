package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/stretchr/testify/require"
)

// TestMemoryLimit changes what holds for the whole process, so it runs alone.
func TestMemoryLimit(t *testing.T) {
	t.Setenv("GOGC", "100")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	log := slog.New(slog.DiscardHandler)

	const gib = 1 << 30
	easeMemory(log, memlimit.Limit(gib), 1)
	require.Equal(t, int64(gib/10*9-outsideHeap), debug.SetMemoryLimit(-1))
	easeMemory(log, func() (uint64, error) { return 0, memlimit.ErrNoLimit }, 1)
	easeMemory(log, func() (uint64, error) { return 0, errors.New("no cgroup") }, 1)
	require.Equal(t, int64(gib/10*9-outsideHeap), debug.SetMemoryLimit(-1), "without a limit all stays as it is")
	t.Setenv("GOMEMLIMIT", "1GiB")
	easeMemory(log, memlimit.Limit(2*gib), 1)
	require.Equal(t, int64(gib/10*9-outsideHeap), debug.SetMemoryLimit(-1), "what the operator says holds")

	require.Equal(t, int64(64<<20), heapLimit(128<<20), "half of a small one")
	require.Positive(t, heapLimit(1<<63))

	var told bytes.Buffer
	small := slog.New(slog.NewTextHandler(&told, nil))
	easeMemory(small, memlimit.Limit(102<<20), 2)
	require.Empty(t, told.String())
	easeMemory(small, memlimit.Limit(101<<20), 2)
	require.Contains(t, told.String(), "little memory")
}

func TestConnsWithin(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	for _, c := range []struct {
		asked int
		files uint64
		want  int
	}{{10_000, 1 << 20, 10_000}, {10_000, 10_192, 10_000}, {10_000, 1024, 832}, {10_000, 256, 64}, {10, 1024, 10}} {
		got, err := connsWithin(log, c.asked, c.files)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	_, err := connsWithin(log, 10_000, 255)
	require.ErrorContains(t, err, "may open 255 files")
}

// TestFewDescriptors opens more connections than the process may have files. Those beyond wait; the node goes on, looks
// after its own files, and serves all when others have gone.
func TestFewDescriptors(t *testing.T) {
	t.Parallel()
	limited := func(c *exec.Cmd) {
		c.Args = append([]string{"sh", "-c", `ulimit -n 300; exec "$0" "$@"`, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
	}
	node := launchWith(t, t.TempDir(), limited, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	require.Contains(t, node.output.String(), "fewer connections than configured")
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")

	var crowd []net.Conn
	leave := func() {
		for _, c := range crowd {
			_ = c.Close()
		}
		crowd = nil
	}
	t.Cleanup(leave)
	for range 400 {
		c, err := net.Dial("tcp", strings.TrimPrefix(node.URL, "http://"))
		require.NoError(t, err)
		crowd = append(crowd, c)
	}
	admin := &person{t: t, url: "http://" + node.Admin}
	admin.ask(200, "GET", "/readyz", "")
	admin.ask(200, "GET", "/status", "")
	leave()
	ada.ask(201, "POST", "/orders", oneBook)
	require.NotContains(t, node.output.String(), "too many open files")
}
