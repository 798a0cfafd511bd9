//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestFullDisk is what a user and an operator see of a disk that is low, and then full to the last byte: refusals that
// say what they are, reads as ever, and everything goes on by itself once there is room.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("short: real processes on a disk of their own")
	}
	t.Parallel()
	t.Run("low", lowDisk)
	t.Run("full", fullDisk)
	t.Run("of the subscriber", subscribersDisk)
	t.Run("at the start", startOnFullDisk)
}

// startOnFullDisk has a node wait for the room it needs to start.
func startOnFullDisk(t *testing.T) {
	t.Parallel()
	dir, s := smallDisk(t), openSocket(t)
	fill := filler{t, dir}
	fill.leave(0)
	waiting := func() *process {
		p := launchWith(t, dir, s.handOver("http"), "--admin-addr", "127.0.0.1:0", "--data-min-free", "0")
		require.Eventually(t, func() bool { return p.told("no room to start") == 1 }, 20*time.Second, 10*time.Millisecond)
		return p
	}
	node := waiting()
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	require.Equal(t, exitOK, node.wait(), "%s", node.output)
	node = waiting()
	fill.remove()
	node.await()
	require.Equal(t, s.URL, node.URL, "what it was handed over is not lost by a start that failed")
}

const diskSize = 64 << 20

// smallDisk mounts a disk in memory that is there until the test ends.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("holon-test", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskSize))
	if errors.Is(err, syscall.EPERM) && os.Getenv("CI") != "true" {
		t.Skip("this user may not mount the small disk that the test fills")
	}
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// filler is a file that takes room, beside the node's own.
type filler struct {
	t   *testing.T
	dir string
}

func (f filler) path() string { return filepath.Join(f.dir, "filler") }

// leave takes all room but so many bytes, 0 for the very last page.
func (f filler) leave(left int64) {
	f.t.Helper()
	file, err := os.OpenFile(f.path(), os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(f.t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(f.t, err)
	size := info.Size()
	for step := int64(1 << 20); step >= 4096; {
		var s syscall.Statfs_t
		require.NoError(f.t, syscall.Statfs(f.dir, &s))
		if int64(s.Bavail)*s.Bsize-step < left {
			step /= 2
			continue
		}
		err := syscall.Fallocate(int(file.Fd()), 0, size, step)
		if errors.Is(err, syscall.ENOSPC) { // the node was faster
			step /= 2
			continue
		}
		require.NoError(f.t, err)
		size += step
	}
}

func (f filler) remove() {
	f.t.Helper()
	require.NoError(f.t, os.Remove(f.path()))
}

func lowDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	node := start(t, dir, "--data-min-free", "16MiB")
	crowd := newCrowd(t, node)
	crowd.awaitOrders(100)

	fill := filler{t, dir}
	fill.leave(12 << 20)
	crowd.awaitRefusals(50)
	refusal := crowd.ask(507, "POST", "/orders", oneBook)
	require.NotEmpty(t, refusal.header.Get("Retry-After"))
	require.Contains(t, string(refusal.raw), `"storage_full"`)
	require.Contains(t, string(refusal.raw), "data.min_free")
	crowd.requireReads()
	health := crowd.ask(200, "GET", "/health", "")
	require.Contains(t, string(health.raw), `"degraded"`)
	require.Contains(t, string(health.raw), `"unwell"`)
	node.settled() // what was confirmed before is finished on what is left
	require.Positive(t, node.told("the disk is low"))
	admin := &person{t: t, url: "http://" + node.Admin}
	admin.ask(200, "GET", "/readyz", "")
	require.Contains(t, string(admin.ask(200, "GET", "/metrics", "").raw), `holon_disk_low{module="order"} 1`)

	fill.remove()
	crowd.awaitOrders(100)
	crowd.leave()
	require.Eventually(t, func() bool { return node.told("the disk has room again") == node.told("the disk is low") }, 10*time.Second,
		10*time.Millisecond, "each module says so by itself")
	require.LessOrEqual(t, node.told("the disk is low"), 3, "once a module")
	crowd.requireExact(node)
}

func fullDisk(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t)
	node := start(t, dir, "--data-min-free", "0")
	addr := node.URL[len("http://"):]
	crowd := newCrowd(t, node)
	fill := filler{t, dir}
	for range 2 {
		crowd.awaitOrders(100)
		fill.leave(0)
		crowd.awaitRefusals(200)
		crowd.requireReads()
		fill.remove()
	}
	crowd.awaitOrders(100)
	require.Less(t, strings.Count(node.output.String(), "\n"), 100, "an operator can read it: %s", node.output)

	fill.leave(0)
	crowd.awaitRefusals(100)
	node.kill() // and started again while the disk is full, which may work, if all its files are there
	node = launch(t, dir, "--data-min-free", "0", "--http-addr", addr, "--admin-addr", "127.0.0.1:0")
	fill.remove()
	node.await()
	crowd.awaitOrders(100)
	crowd.leave()
	crowd.requireExact(node)
}

// subscribersDisk fills the disk of user alone, so that orders are placed and what user must learn of them waits.
func subscribersDisk(t *testing.T) {
	t.Parallel()
	dir, own := smallDisk(t), smallDisk(t)
	require.NoError(t, os.Symlink(filepath.Join(own, "user.db"), filepath.Join(dir, "user.db")))
	node := start(t, dir, "--data-min-free", "0")
	crowd := newCrowd(t, node)
	crowd.awaitOrders(100)
	fill := filler{t, own}
	fill.leave(0)
	node.awaitMetric(`holon_event_line_resting{module="order",subscriber="user.orders"} 1`)
	crowd.awaitOrders(100)
	crowd.leave()
	crowd.requireReads()

	require.NotContains(t, crowd.codes, 507)
	fill.remove()
	node.awaitMetric(`holon_event_line_resting{module="order",subscriber="user.orders"} 0`)
	crowd.requireExact(node)
	require.LessOrEqual(t, node.told("subscriber takes nothing"), 1, "once a minute at most: %s", node.output)
	require.Equal(t, node.told("subscriber takes nothing"), node.told("subscriber takes events again"))
}

// awaitMetric waits until /metrics has a line.
func (p *process) awaitMetric(line string) {
	p.t.Helper()
	admin := &person{t: p.t, url: "http://" + p.Admin}
	require.Eventually(p.t, func() bool {
		return strings.Contains(string(admin.ask(200, "GET", "/metrics", "").raw), line)
	}, 60*time.Second, 10*time.Millisecond, "never %s", line)
}

// told counts the lines of the log that have a text.
func (p *process) told(text string) int { return strings.Count(p.output.String(), text) }
