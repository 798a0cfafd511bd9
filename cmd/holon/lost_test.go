package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// TestLostStore takes a module's data away from a node: it starts only when told that this is meant, and makes nothing
// in its place before.
func TestLostStore(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	ada := &person{t: t, url: node.URL}
	ada.register("ada@example.com")
	to := filepath.Join(t.TempDir(), "backup")
	command(t, "backup", "--to", to, "--data-dir", dir)
	node.stop()
	file := filepath.Join(dir, storage.FileOf("user"))
	require.NoError(t, os.Remove(file))

	refused := func(want ...string) {
		t.Helper()
		p := launch(t, dir, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
		require.Equal(t, exitCorrupt, p.wait())
		for _, w := range want {
			require.Contains(t, p.output.String(), w)
		}
	}
	refused("user.db is missing", "holon restore --from "+to+" --replace", "holon run --new-store user")
	require.NoFileExists(t, file)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	refused("holon run --new-store user")

	node = start(t, dir, "--new-store", "user")
	bob := &person{t: t, url: node.URL}
	bob.register("ada@example.com") // nobody has that address now
	node.stop()
	node = start(t, dir) // it is remembered
	node.stop()

	command(t, "restore", "--from", to, "--replace", "--data-dir", dir)
	node = start(t, dir)
	ada.url = node.URL
	ada.ask(201, "POST", "/sessions", `{"email":"ada@example.com","password":"correct horse"}`)
	node.stop()

	p := launch(t, dir, "-m", "order", "--new-store", "user", "--admin-addr", "127.0.0.1:0")
	require.Equal(t, exitUsage, p.wait())
	require.Contains(t, p.output.String(), "this node runs order")
}
