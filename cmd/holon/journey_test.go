package main

import (
	"database/sql"
	"encoding/base64"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/user"
	_ "modernc.org/sqlite"
)

const oneBook = `{"currency":"EUR","items":[{"sku":"book-1","quantity":1,"unit_price":4997}]}`

// command runs a verb of the real binary and returns what it printed.
func command(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary, append(args, "--config", "none")...)
	c.Env = cleanEnv()
	out, err := c.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// TestJourney is the README's, on the real binary: everything is there after a kill -9.
func TestJourney(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	ada := &person{t: t, url: node.URL}
	id := ada.register("ada@example.com")
	placed := ada.ask(201, "POST", "/orders", oneBook, "Idempotency-Key", "first")
	path := placed.header.Get("Location")
	require.Equal(t, "/orders/"+placed.field(t, "id"), path)
	require.Equal(t, id, placed.field(t, "user_id"))
	before := ada.ask(200, "GET", path, "")
	node.settled()
	profile := ada.ask(200, "GET", "/users/"+id, "")

	node.kill()
	node = start(t, dir)
	ada.url = node.URL
	require.Equal(t, string(before.raw), string(ada.ask(200, "GET", path, "").raw), "the token and the order outlive the process")
	require.Equal(t, string(profile.raw), string(ada.ask(200, "GET", "/users/"+id, "").raw))
	again := ada.ask(201, "POST", "/orders", oneBook, "Idempotency-Key", "first")
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	require.Equal(t, string(placed.raw), string(again.raw))

	require.Contains(t, command(t, "user", "promote", "ada@example.com", "--data-dir", dir), "is an admin from the next sign-in on")
	ada.ask(403, "GET", "/users", "")
	ada.signIn("ada@example.com")
	ada.ask(200, "GET", "/users", "")
	require.Equal(t, "confirmed", ada.ask(200, "POST", path+"/confirm", "").field(t, "status"))
	require.Contains(t, ada.ask(409, "POST", path+"/cancel", "").field(t, "detail"), "the order is confirmed")

	require.Contains(t, command(t, "health", "--data-dir", dir), "node n1 is ready")
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(t, node.wait(), node.output)
}

// TestSecondSignal holds that a stop that waits for a request is cut short by a second signal.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	node := start(t, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimPrefix(node.URL, "http://"))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	// A request whose body never arrives keeps the stop waiting.
	_, err = conn.Write([]byte("POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"))
	require.NoError(t, err)
	ada := &person{t: t, url: "http://" + node.Admin}
	require.Eventually(t, func() bool {
		return strings.Contains(string(ada.ask(200, "GET", "/metrics", "").raw), `holon_http_requests_in_flight{method="POST",route="/users"} 1`)
	}, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return strings.Contains(node.output.String(), "a second signal stops at once") }, 5*time.Second, 5*time.Millisecond)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGINT)) // passed on twice, as wrappers do: still one wish
	<-time.After(2 * onceWithin)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGINT))
	require.Equal(t, exitFailed, node.wait())
	require.Contains(t, node.output.String(), "stopped at once by a second signal")
}

// TestSignalWhileStarting holds that a start which waits can be given up.
func TestSignalWhileStarting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	node.kill()
	other, err := sql.Open("sqlite", filepath.Join(dir, "user.db"))
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	tx, err := other.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "DELETE FROM accounts") // the write lock that the start will wait for
	require.NoError(t, err)
	defer func() { _ = tx.Rollback() }()

	node = launch(t, dir, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--log-level", "debug")
	require.Eventually(t, func() bool { return strings.Contains(node.output.String(), "OnStart hook executing") }, 5*time.Second, time.Millisecond)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(t, node.wait(), node.output)
	require.Contains(t, node.output.String(), "giving up the start")
}

// TestSecondOpener holds that no two processes have one module's data, and that the second is told by whom.
func TestSecondOpener(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start(t, dir)
	second := launch(t, dir, "--name", "n2", "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	require.Equal(t, exitTaken, second.wait())
	require.Contains(t, second.output.String(), "node n1")
	same := launch(t, dir, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	require.Equal(t, exitTaken, same.wait(), "the name is taken too")
}

// TestPorts holds that ports nobody asked for step aside and that those asked for do not.
func TestPorts(t *testing.T) {
	t.Parallel()
	node := start(t, t.TempDir())
	taken := strings.TrimPrefix(node.URL, "http://")
	asked := launch(t, t.TempDir(), "--http-addr", taken, "--admin-addr", "127.0.0.1:0")
	require.Equal(t, exitFailed, asked.wait())
	require.Contains(t, asked.output.String(), taken+" is in use (http.addr from flag --http-addr)")
	first := launch(t, t.TempDir(), "--admin-addr", "127.0.0.1:0")
	first.await()
	second := launch(t, t.TempDir(), "--admin-addr", "127.0.0.1:0")
	second.await()
	a, b := portOf(t, first.URL), portOf(t, second.URL)
	require.NotEqual(t, a, b)
	require.Zero(t, (a-b)%portStride, "ports step in strides: %d, %d", a, b)
}

func portOf(t *testing.T, url string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}

// TestKeysOnDisk holds that a gateway without the user module says that it cannot tell, and recognises tokens by the
// keys of an earlier run.
func TestKeysOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	alone := start(t, dir, "-m", "gateway")
	nobody := &person{t: t, url: alone.URL, token: "eyJhbGciOiJFZERTQSIsImtpZCI6IngifQ." +
		base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"`+user.Issuer+`"}`)) + ".AAAA"}
	require.Equal(t, "no_keys", nobody.ask(503, "GET", "/orders", "").field(t, "code"))
	alone.kill()

	whole := start(t, dir)
	ada := &person{t: t, url: whole.URL}
	id := ada.register("ada@example.com")
	ada.ask(200, "GET", "/users/"+id, "")
	whole.kill()
	alone = start(t, dir, "-m", "gateway")
	ada.url = alone.URL
	require.Equal(t, "module_unavailable", ada.ask(503, "GET", "/users/"+id, "").field(t, "code"))
	nobody.url = alone.URL
	nobody.ask(401, "GET", "/users/"+id, "")
}
