//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCopiesOfAStore moves a module's data to other nodes, by a restore and by a copy of the folder. Whoever comes with what
// it was copied from is refused: what was written since is not in there.
func TestCopiesOfAStore(t *testing.T) {
	t.Parallel()
	notRaced(t)
	s := startSplit(t, t.TempDir())
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook)
	to, restored := filepath.Join(t.TempDir(), "backup"), t.TempDir()
	command(t, "backup", "--to", to, "--node", "order", "--data-dir", s.dir)
	s.order.stop()

	second := func(dir string) *process {
		t.Helper()
		return launch(t, dir, "--name", "second", "-m", "order", "--admin-addr", "127.0.0.1:0", "--join", s.gossip())
	}
	write := func(p *process) {
		t.Helper()
		p.await()
		ada.ask(201, "POST", "/orders", oneBook)
		p.stop()
	}
	command(t, "restore", "--from", to, "--data-dir", restored)
	write(second(restored))
	write(second(restored))
	p := s.launch("order")
	require.Equal(t, exitCorrupt, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), "last on node second")

	copied := filepath.Join(t.TempDir(), "copied")
	require.NoError(t, os.CopyFS(copied, os.DirFS(restored)))
	write(second(copied))
	p = second(restored)
	require.Equal(t, exitCorrupt, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), "is not in the copy that this node brings")
	require.Contains(t, p.output.String(), "the same with --new-store order")
	second(copied).await()
	require.Len(t, ada.allOrders(), 4)
}

// TestRestoreIsKnownToAllGroupings restores a monolith's data, and runs it on other nodes of the folder and back.
func TestRestoreIsKnownToAllGroupings(t *testing.T) {
	t.Parallel()
	notRaced(t)
	dir := t.TempDir()
	s := startSplit(t, dir)
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook)
	s.order.settled()
	s.stop()

	to := filepath.Join(t.TempDir(), "backup")
	whole := start(t, dir)
	command(t, "backup", "--to", to, "--data-dir", dir)
	whole.stop()
	command(t, "restore", "--from", to, "--replace", "--data-dir", dir)
	start(t, dir).stop()

	s = startSplit(t, dir)
	ada.url = s.gateway.URL
	ada.signIn("ada@example.com")
	require.Len(t, ada.allOrders(), 1)
	s.stop()
	start(t, dir).stop()
}

// TestCopyOfARunningNode is missing what was written after it was made, so it is refused once the node has gone.
func TestCopyOfARunningNode(t *testing.T) {
	t.Parallel()
	notRaced(t)
	s := startSplit(t, t.TempDir())
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook)
	copied := filepath.Join(t.TempDir(), "copied")
	require.NoError(t, os.CopyFS(copied, os.DirFS(s.dir)))
	ada.ask(201, "POST", "/orders", oneBook)
	s.order.stop()
	p := launch(t, copied, "--name", "second", "-m", "order", "--admin-addr", "127.0.0.1:0", "--join", s.gossip())
	require.Equal(t, exitCorrupt, p.wait(), "%s", p.output)
	require.Contains(t, p.output.String(), "is not in the copy that this node brings")
	s.launch("order").await()
	require.Len(t, ada.allOrders(), 2)
}
