//go:build linux

package main

import (
	"net/http"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// split is a cluster of three processes in one data dir: gateway and registry, user, order.
type split struct {
	t                    *testing.T
	dir                  string
	gateway, user, order *process
}

func startSplit(t *testing.T, dir string) *split {
	t.Helper()
	s := &split{t: t, dir: dir}
	s.gateway = launch(t, dir, "--name", "g", "-m", "gateway,registry", "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	s.gateway.await()
	s.user, s.order = s.launch("user"), s.launch("order")
	s.user.await()
	s.order.await()
	s.order.URL, s.user.URL = s.gateway.URL, s.gateway.URL
	return s
}

// launch starts the node of a module, on ports that nobody knows before.
func (s *split) launch(module string) *process {
	s.t.Helper()
	return launch(s.t, s.dir, "--name", module, "-m", module, "--admin-addr", "127.0.0.1:0", "--join", s.gossip())
}

func (s *split) stop() {
	for _, p := range []*process{s.gateway, s.user, s.order} {
		p.stop()
	}
}

func (s *split) gossip() string {
	var now nodeStatus
	require.NoError(s.t, target{name: "g", admin: s.gateway.Admin}.look(s.t.Context(), "/status", &now))
	return now.Addresses["gossip"]
}

// TestSplitOut stops a monolith and starts three nodes in its folder: they find its data.
func TestSplitOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := start(t, dir)
	ada := &person{t: t, url: whole.URL}
	id := ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook, "Idempotency-Key", "k")
	whole.settled()
	whole.stop()

	s := startSplit(t, dir)
	ada.url = s.gateway.URL
	ada.signIn("ada@example.com")
	again := ada.ask(201, "POST", "/orders", oneBook, "Idempotency-Key", "k")
	require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
	ada.ask(201, "POST", "/orders", oneBook)
	s.order.settled()
	require.Len(t, ada.exact(id), 2)
	s.stop()

	whole = start(t, dir) // and back
	ada.url = whole.URL
	require.Len(t, ada.exact(id), 2)
}

// TestKilledNodes kills the order node and the user node under load and starts them again on other ports. Meanwhile the
// other routes work, and the routes of what is gone say so in time. Nothing that was answered is lost.
func TestKilledNodes(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	s := startSplit(t, t.TempDir())
	c := newCrowd(t, s.gateway)
	c.lossy = true
	for _, victim := range []struct {
		process     **process
		name        string
		gone, works string
	}{
		{&s.order, "order", c.first, "/users/" + c.id},
		{&s.user, "user", "/users/" + c.id, c.first},
	} {
		c.awaitOrders(100)
		(*victim.process).kill()
		began := time.Now()
		a, err := c.try("GET", victim.gone, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusServiceUnavailable, a.code, "%s", a.raw)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		retry, err := strconv.Atoi(a.header.Get("Retry-After"))
		require.NoError(t, err)
		require.Positive(t, retry)
		require.Less(t, time.Since(began), 10*time.Second, "inside its deadline")
		c.ask(200, "GET", victim.works, "")

		*victim.process = s.launch(victim.name)
		(*victim.process).await()
		ready := time.Now()
		require.Eventually(t, func() bool {
			a, err := c.try("GET", victim.gone, "")
			return err == nil && a.code == 200
		}, time.Second, time.Millisecond)
		t.Logf("%s is routed %s after it was seen ready", victim.name, time.Since(ready).Round(time.Millisecond))
	}
	c.awaitOrders(100)
	c.leave()
	s.order.settled()
	c.requireExact(s.order)
}

// TestRestartOfTheOnlyNode restarts the only node of a module while clients send 200 requests a second. Not one fails: calls
// wait for it at the gateway.
func TestRestartOfTheOnlyNode(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	s := startSplit(t, t.TempDir())
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	load := startStream(ada)
	for range 4 {
		load.asked(t, 50)
		require.NoError(t, s.order.cmd.Process.Signal(syscall.SIGTERM))
		require.Equal(t, exitOK, s.order.wait(), "%s", s.order.output)
		s.order = s.launch("order")
		s.order.await()
	}
	placed := load.end()
	s.order.settled()
	require.Len(t, ada.allOrders(), placed)
	t.Log(load)
}

// TestTakenNameEndsAStart holds that a second node of a name goes, and says how it may stay.
func TestTakenNameEndsAStart(t *testing.T) {
	t.Parallel()
	notRaced(t)
	s := startSplit(t, t.TempDir())
	p := launch(t, t.TempDir(), "--name", "user", "-m", "registry", "--admin-addr", "127.0.0.1:0", "--join", s.gossip())
	require.Equal(t, exitTaken, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), `a node named "user" already runs at 127.0.0.1:`)
	require.Contains(t, p.output.String(), "the same with --name user-2")
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
}

// TestOtherDataIsRefused where the cluster remembers a module's data: to its users everything would be gone.
func TestOtherDataIsRefused(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	s := startSplit(t, t.TempDir())
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook)
	s.order.stop()
	elsewhere := filepath.Join(t.TempDir(), "empty")
	args := []string{"--name", "order2", "-m", "order", "--admin-addr", "127.0.0.1:0", "--join", s.gossip()}
	p := launch(t, elsewhere, args...)
	require.Equal(t, exitCorrupt, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), "last on node order")
	require.Contains(t, p.output.String(), "the same with --new-store order")

	p = launch(t, elsewhere, append(args, "--new-store", "order")...)
	p.await()
	require.Empty(t, ada.allOrders(), "as was asked for")
	p = s.launch("order") // and the former data has no home any more
	require.Equal(t, exitTaken, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), "another home has module")
}
