package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// process is the real binary running as a node of its own.
type process struct {
	t       testing.TB
	dir     string
	name    string
	cmd     *exec.Cmd
	output  *lockedBuffer
	done    chan struct{}
	exitErr error
	// URL and Admin are where it listens.
	URL, Admin string
}

// lockedBuffer may be read while the process still writes.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// plainOnly leaves a test to the run without the race detector: what it has run, others run too.
func plainOnly(t testing.TB) {
	t.Helper()
	if raced {
		t.Skip("the run without the race detector has it")
	}
}

// start runs the binary on free ports and waits until it is ready.
func start(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	p := launch(t, dir, append([]string{"--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"}, args...)...)
	p.await()
	return p
}

// launch runs the binary and waits for nothing.
func launch(t testing.TB, dir string, args ...string) *process {
	t.Helper()
	return launchWith(t, dir, func(*exec.Cmd) {}, args...)
}

// launchWith is launch with a change to the command before it runs.
func launchWith(t testing.TB, dir string, change func(*exec.Cmd), args ...string) *process {
	t.Helper()
	p := &process{t: t, dir: dir, name: "n1", output: &lockedBuffer{}, done: make(chan struct{})}
	if i := slices.Index(args, "--name"); i >= 0 {
		p.name = args[i+1]
	}
	p.cmd = exec.Command(binary, append([]string{"run", "--config", "none", "--log-format", "text", "--data-dir", dir, "--name", p.name}, spread(args)...)...)
	p.cmd.Stderr = p.output
	p.cmd.Stdout = p.output
	p.cmd.Dir = t.TempDir()
	p.cmd.Env = append(cleanEnv(), "GORACE=halt_on_error=1")
	change(p.cmd)
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		p.exitErr = p.cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

// spread has a node take free ports for all that a test does not name.
func spread(args []string) []string {
	out := slices.Clone(args)
	for _, flag := range []string{"--node-addr", "--gossip-addr"} {
		if !slices.Contains(args, flag) {
			out = append(out, flag, "127.0.0.1:0")
		}
	}
	return out
}

// cleanEnv is the environment without what a developer has set for nodes of their own.
func cleanEnv() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "HOLON_") })
}

// await returns when the node says that it is ready.
func (p *process) await() {
	p.t.Helper()
	var r record
	require.Eventually(p.t, func() bool {
		raw, err := os.ReadFile(filepath.Join(p.dir, nodesDir, p.name, recordFile))
		if err != nil || json.Unmarshal(raw, &r) != nil || r.PID != p.cmd.Process.Pid {
			return false
		}
		var s nodeStatus
		n := target{name: p.name, admin: r.Admin}
		if n.look(p.t.Context(), "/status", &s) != nil || !s.Ready {
			return false
		}
		p.Admin, p.URL = r.Admin, "http://"+s.Addresses["http"]
		return true
	}, 20*time.Second, 10*time.Millisecond, "not ready: %s", p.output)
}

// settled returns when every event has had its effect. A parked one fails the test.
func (p *process) settled() {
	p.t.Helper()
	n := target{name: p.name, admin: p.Admin}
	require.Eventually(p.t, func() bool {
		var backlog backlogList
		require.NoError(p.t, n.look(p.t.Context(), "/events/backlog", &backlog))
		for _, b := range backlog.Items {
			require.Zero(p.t, b.Parked, "events of %s are parked for %s", b.Module, b.Subscriber)
		}
		return !slices.ContainsFunc(backlog.Items, func(b backlogStatus) bool { return b.Open > 0 })
	}, 30*time.Second, 10*time.Millisecond, "events wait for ever")
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.done
}

// stop is SIGTERM, and a clean end.
func (p *process) stop() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Equal(p.t, exitOK, p.wait(), "%s", p.output)
}

// wait returns the exit code of a process that ends by itself or by a signal sent before.
func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		require.FailNow(p.t, "still running", p.output.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// notRaced skips a test of many processes under the race detector, where each start takes seconds. What they do is tested with it
// in the packages that do it.
func notRaced(t *testing.T) {
	t.Helper()
	if raced {
		t.Skip("too slow with the race detector: many real processes")
	}
}
