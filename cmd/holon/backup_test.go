package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/backup"
)

// TestBackupUnderLoad takes backups while 16 clients order and cancel, and restores the last of them elsewhere: what user
// counts of the orders there is what order has, everything is there that was answered before the backup was asked for,
// and a request that is repeated finds its answer.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	const clients, users, backups = 16, 3, 3
	dir := t.TempDir()
	node := start(t, dir)
	people, ids := make([]*person, users), make([]string, users)
	for i := range people {
		people[i] = &person{t: t, url: node.URL}
		ids[i] = people[i].register(fmt.Sprintf("user%d@example.com", i))
	}
	var answered sync.Map // key -> order id
	stop := make(chan struct{})
	stopClients := sync.OnceFunc(func() { close(stop) })
	var wg sync.WaitGroup
	t.Cleanup(func() { stopClients(); wg.Wait() })
	for c := range clients {
		wg.Go(func() { orderUntil(stop, people[c%users], c, &answered) })
	}
	var before map[string]string
	var to string
	var taken backupTaken
	for n := range backups {
		before = make(map[string]string)
		answered.Range(func(key, id any) bool {
			before[key.(string)] = id.(string)
			return true
		})
		to = filepath.Join(t.TempDir(), fmt.Sprint("backup", n))
		out := command(t, "backup", "--to", to, "--data-dir", dir, "-o", "json")
		require.NoError(t, json.Unmarshal([]byte(out), &taken))
		require.Equal(t, []string{"order", "user"}, taken.Modules())
	}
	stopClients()
	wg.Wait()

	elsewhere := t.TempDir()
	out := command(t, "restore", "--from", to, "--data-dir", elsewhere, "-o", "json")
	var restored backup.Restored
	require.NoError(t, json.Unmarshal([]byte(out), &restored))
	other := start(t, elsewhere)
	other.settled()
	stored := make(map[string]bool)
	for i, p := range people {
		p.url = other.URL // the tokens are good there too: the keys came along
		for id := range p.exact(ids[i]) {
			stored[id] = true
		}
	}
	for key, id := range before {
		require.True(t, stored[id], "the order of %s was answered before the backup", key)
	}
	require.NotEmpty(t, before)
	for key, id := range before {
		var client, n int
		_, err := fmt.Sscanf(key, "client%d-%d", &client, &n)
		require.NoError(t, err)
		again := people[client%users].ask(201, "POST", "/orders", bodyOf(n), "Idempotency-Key", key)
		require.Equal(t, id, again.field(t, "id"))
		require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
		break
	}
	t.Logf("%d orders answered before the backup, %d in it, %d events waited in it for user; writers stood still for %d µs",
		len(before), len(stored), restored.Stores[0].Prepared["open"], taken.HeldMicros)
}

// TestRestoreVerb goes the way of an operator whose file is damaged: the node says what to type, and it helps.
func TestRestoreVerb(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	ada := &person{t: t, url: node.URL}
	id := ada.register("ada@example.com")
	ada.ask(201, "POST", "/orders", oneBook)
	node.settled()
	to := filepath.Join(t.TempDir(), "back up")
	try := func(code int, args ...string) string {
		t.Helper()
		var out lockedBuffer
		require.Equal(t, code, run(t.Context(), append(args, "--config", "none"), environment{out: &out, err: &out}), "%s", &out)
		return out.String()
	}
	require.Contains(t, try(exitUsage, "backup", "--data-dir", dir), "needs --to DIR")
	require.Contains(t, try(exitOK, "backup", "--to", to, "--data-dir", dir), "verified; writers stood still for")
	require.Contains(t, try(exitFailed, "backup", "--to", to, "--data-dir", dir), "it is not empty")
	require.Contains(t, try(exitTaken, "restore", "--from", to, "--data-dir", dir), "stop node n1")
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGTERM)) // which moves the journal into the file
	require.Equal(t, exitOK, node.wait())
	node = start(t, dir)
	ada.url = node.URL
	ada.ask(201, "POST", "/orders", oneBook) // after the backup
	node.settled()
	node.kill()

	require.Contains(t, try(exitUsage, "restore", "--data-dir", dir), "needs --from DIR")
	require.Contains(t, try(exitOK, "restore", "--from", to, "--dry-run", "--data-dir", dir), "is good")
	require.Contains(t, try(exitFailed, "restore", "--from", to, "--data-dir", dir), "--replace")
	require.Contains(t, try(exitFailed, "restore", "--from", to, "--data-dir", dir, "--only", "gateway"), `no module "gateway"`)

	file := filepath.Join(dir, "user.db")
	damaged, err := os.ReadFile(file)
	require.NoError(t, err)
	copy(damaged[8192:], make([]byte, 8*4096))
	require.NoError(t, os.WriteFile(file, damaged, 0o600))
	node = launch(t, dir, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	require.Equal(t, exitCorrupt, node.wait())
	require.Contains(t, node.output.String(), fmt.Sprintf("→ holon restore --from '%s' --replace --data-dir %s", to, dir))
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, damaged, after, "a damaged file is not touched")

	// Order's file is whole: user alone goes back, and hears again what it has missed.
	out := try(exitOK, "restore", "--from", to, "--replace", "--data-dir", dir, "--only", "user")
	require.Contains(t, out, "holon events replay --subscriber user.orders --since")
	node = start(t, dir)
	ada.url = node.URL
	ada.ask(200, "GET", "/users/"+id, "")
	try(exitOK, "events", "replay", "--subscriber", "user.orders", "--since", "1h", "--data-dir", dir)
	node.settled()
	require.Len(t, ada.exact(id), 2)
	node.kill()

	copy(damaged, "no manifest of a backup")
	require.NoError(t, os.WriteFile(filepath.Join(to, "manifest.json"), damaged[:100], 0o600))
	require.Contains(t, try(exitCorrupt, "restore", "--from", to, "--replace", "--data-dir", dir), "is not good")
}
