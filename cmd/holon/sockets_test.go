package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// socket is what a service manager does with one: it listens, and hands the socket to every process it starts.
type socket struct {
	file *os.File
	URL  string
}

func openSocket(t *testing.T) *socket {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	file, err := ln.(*net.TCPListener).File()
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	return &socket{file, "http://" + ln.Addr().String()}
}

// handOver gives the socket to a command under a name. LISTEN_PID must be the process's own, which a shell finds out.
func (s *socket) handOver(name string) func(*exec.Cmd) {
	return func(c *exec.Cmd) {
		c.ExtraFiles = []*os.File{s.file}
		c.Env = append(c.Env, "LISTEN_FDS=1", "LISTEN_FDNAMES="+name)
		c.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
	}
}

// TestRestarts restarts a node 16 times while clients send 200 requests a second through a socket that stays open, half of
// them orders without a key that nobody may repeat. Not one fails, and every order is there once.
func TestRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("short: 16 starts of a real process")
	}
	restarts := 16
	if raced { // each takes seconds then
		restarts = 4
	}
	dir, s := t.TempDir(), openSocket(t)
	begin := func() *process {
		p := launchWith(t, dir, s.handOver("http"), "--admin-addr", "127.0.0.1:0")
		p.await()
		return p
	}
	node := begin()
	require.Equal(t, s.URL, node.URL)
	ada := &person{t: t, url: s.URL}
	ada.register("ada@example.com")

	load := startStream(ada)
	slowest := time.Duration(0)
	for range restarts {
		began := time.Now()
		require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
		require.Equal(t, exitOK, node.wait(), "%s", node.output)
		node = begin()
		slowest = max(slowest, time.Since(began))
	}
	placed := load.end()
	node.settled()
	require.Len(t, ada.allOrders(), placed)
	t.Logf("%s: none lost over %d restarts; the slowest restart took %s", load, restarts, slowest.Round(time.Millisecond))
}

// once sends a request that the client library does not repeat by itself: its body cannot be had again.
func (p *person) once(client *http.Client, method, path, body string, code int) bool {
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, io.NopCloser(strings.NewReader(body)))
	if err != nil {
		p.t.Error(err)
		return false
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	if body == "" {
		r.Body = nil
	} else {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := client.Do(r)
	if err != nil {
		p.t.Errorf("%s %s is lost: %v", method, path, err)
		return false
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != code {
		p.t.Errorf("%s %s: %d %s %v", method, path, resp.StatusCode, raw, err)
		return false
	}
	return true
}

func TestSocketsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ socket, modules, want string }{
		"for a port that is not opened": {"http", "user", "a socket for the http port was handed over (LISTEN_FDS), and this node has none"},
		"for the health port":           {"health", "all", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openSocket(t)
			args := []string{"--admin-addr", "127.0.0.1:0", "-m", c.modules}
			if c.socket != "http" {
				args = append(args, "--http-addr", "127.0.0.1:0")
			}
			p := launchWith(t, t.TempDir(), s.handOver(c.socket), args...)
			if c.want == "" {
				p.await()
				(&person{t: t, url: s.URL}).ask(200, "GET", "/readyz", "")
				return
			}
			require.Equal(t, exitConfig, p.wait())
			require.Contains(t, p.output.String(), c.want)
		})
	}
}

func TestTakeSockets(t *testing.T) {
	t.Parallel()
	file := func(name string) *os.File {
		s := openSocket(t)
		fd, err := syscall.Dup(int(s.file.Fd()))
		require.NoError(t, err)
		return os.NewFile(uintptr(fd), name)
	}
	read, write, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = write.Close() })
	for name, c := range map[string]struct {
		files []*os.File
		want  string
	}{
		"a stranger":  {[]*os.File{file("http"), file("grpc")}, `socket "grpc" is for no port of a node`},
		"twice":       {[]*os.File{file("http"), file("http")}, `two sockets are named "http"`},
		"no listener": {[]*os.File{read}, "is nothing to listen on"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := takeSockets(c.files)
			require.ErrorContains(t, err, c.want)
			_, code := explain(err)
			require.Equal(t, exitConfig, code)
		})
	}
	only, err := takeSockets([]*os.File{file("holon.socket")}) // what systemd calls one without a name
	require.NoError(t, err)
	require.NotNil(t, only.take("http"))
	require.NoError(t, only.left())
}

// TestServiceManager hears what the node says to whoever started it.
func TestServiceManager(t *testing.T) {
	t.Parallel()
	m := startManager(t)
	p := launchWith(t, t.TempDir(), m.hear, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	require.Equal(t, "READY=1", m.next(t))
	p.await()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	require.Equal(t, "STOPPING=1", m.next(t))
	require.Equal(t, exitOK, p.wait())
}
