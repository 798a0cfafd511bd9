//go:build linux

package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
)

// verbIn runs a command line on a data dir and returns what it printed.
func verbIn(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	var out lockedBuffer
	args = append(args, "--config", "none", "--data-dir", dir)
	require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &out}), "%s: %s", strings.Join(args, " "), &out)
	return out.String()
}

// TestDrain has a node step back, with everybody told and everything served, and come again, and stop.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := startSplit(t, t.TempDir())
	verb := func(code int, args ...string) string { t.Helper(); return verbIn(t, s.dir, code, args...) }
	ada := &person{t: t, url: s.gateway.URL}
	id := ada.register("ada@example.com")

	require.Contains(t, verb(exitFailed, "drain"), "several nodes run")
	require.Contains(t, verb(exitFailed, "drain", "nobody"), `no node "nobody" is known here`)
	dry := verb(exitOK, "drain", "order", "--dry-run")
	require.Contains(t, dry, "would be chosen last")
	require.Contains(t, dry, "order      runs ready nowhere else")
	verb(exitOK, "health", "--node", "order")

	ctx, stop := context.WithCancel(t.Context())
	var watched lockedBuffer
	watch := make(chan int, 1)
	go func() {
		watch <- run(ctx, []string{"members", "-w", "--node", "g", "--config", "none", "--data-dir", s.dir}, environment{out: &watched, err: &watched})
	}()
	require.Eventually(t, func() bool { return strings.Contains(watched.String(), "HOME OF") }, 10*time.Second, time.Millisecond)

	require.Contains(t, verb(exitOK, "drain", "order"), "→ holon undrain order")
	verb(exitOK, "drain", "order") // again is the same
	require.Contains(t, verb(exitFailed, "health", "--node", "order"), "node: the node is draining since")
	require.Contains(t, verb(exitOK, "describe", "--node", "order"), "is DRAINING since")
	require.Eventually(t, func() bool { return strings.Contains(watched.String(), "order  draining (was ready)") }, 10*time.Second, time.Millisecond)
	require.Regexp(t, `order +remote +\S+ +draining +0 +- +last +it is draining`, verb(exitOK, "explain", "POST", "/orders"))
	require.Regexp(t, `order +1 +order +remote +\S+ +draining`, verb(exitOK, "services", "--node", "g"))
	require.Equal(t, "draining", stateIn(ada, "order"))
	require.Equal(t, "ready", stateIn(ada, "user"))

	ada.ask(201, "POST", "/orders", oneBook)
	require.Eventually(t, func() bool {
		var now nodeStatus
		require.NoError(t, target{name: "order", admin: s.order.Admin}.look(t.Context(), "/status", &now))
		return slices.ContainsFunc(now.module("order").Why, func(why string) bool { return strings.Contains(why, "draining and hands no events over") })
	}, 10*time.Second, 10*time.Millisecond, "its events wait, and say why")
	require.Contains(t, verb(exitOK, "drain", "order", "--dry-run"), "waits here  1 event for user.orders")
	require.Contains(t, verb(exitOK, "undrain", "order"), "takes its full part again")
	require.Contains(t, verb(exitOK, "undrain", "order"), "was not draining")
	s.order.settled()
	require.Len(t, ada.exact(id), 1)
	verb(exitOK, "health", "--node", "order")

	stopped := verb(exitOK, "drain", "order", "--exit")
	require.Contains(t, stopped, "node order has stopped")
	require.Equal(t, exitOK, s.order.wait())
	require.Regexp(t, `order +- +nobody`, verb(exitOK, "services", "--node", "g"))
	require.Contains(t, verb(exitOK, "explain", "POST", "/orders"), "none: the answer would be 503")
	require.Eventually(t, func() bool { // the second is what it is on a machine that is slow: it was not seen to drain
		return strings.Contains(watched.String(), "order  left") || strings.Contains(watched.String(), "order  gone")
	}, 10*time.Second, time.Millisecond)
	stop()
	require.Equal(t, exitOK, <-watch)
}

// stateIn is the state of a service's only instance as the public API tells it.
func stateIn(p *person, service string) string {
	p.t.Helper()
	var l registry.Listing
	require.NoError(p.t, json.Unmarshal(p.ask(200, "GET", "/registry/services/"+service, "").raw, &l))
	require.Len(p.t, l.Instances, 1)
	return l.Instances[0].State
}

// TestNodesOfOtherFolders are reached through one of this folder, which has the token.
func TestNodesOfOtherFolders(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	s := startSplit(t, t.TempDir())
	far := launch(t, t.TempDir(), "--name", "far", "-m", "registry", "--admin-addr", "127.0.0.1:0", "--join", s.gossip())
	far.await()
	seen := func() bool {
		return strings.Contains(verbIn(t, s.dir, exitOK, "describe", "--cluster"), "node far (holon "+version+") is ready")
	}
	require.Eventually(t, seen, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, verbIn(t, s.dir, exitOK, "drain", "far"), "registry   goes on with g")
	require.Contains(t, verbIn(t, far.dir, exitFailed, "health"), "draining")
	require.Contains(t, verbIn(t, s.dir, exitOK, "describe", "--cluster"), "node far (holon "+version+") is DRAINING")
	require.Contains(t, verbIn(t, s.dir, exitOK, "undrain", "far"), "node far takes its full part again")
	verbIn(t, far.dir, exitOK, "health")
	require.Contains(t, verbIn(t, t.TempDir(), exitFailed, "drain", "far", "--admin", s.gateway.Admin), "need the token")

	require.NoError(t, far.cmd.Process.Signal(syscall.SIGSTOP))
	whole := verbIn(t, s.dir, exitOK, "describe", "--cluster")
	require.NoError(t, far.cmd.Process.Signal(syscall.SIGCONT))
	require.Regexp(t, `node far on 127.0.0.1:\d+ is ready and could not be asked\n  !! no answer on 127.0.0.1:\d+ within 3s`, whole)
	require.Regexp(t, `node user .* is ready, up .*\n  user +ready since`, whole)

	require.Eventually(t, seen, 30*time.Second, 10*time.Millisecond, "it may have been taken for dead")
	require.Contains(t, verbIn(t, s.dir, exitOK, "drain", "far", "--exit"), "node far has stopped")
	require.Equal(t, exitOK, far.wait())
}
