package main

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"127.0.0.1:7948": true, "127.0.0.1": true, "localhost:7948": true, "LOCALHOST": true, "[::1]:7948": true, "[::1]": true,
		"127.1.2.3:1": true, "": false, "evil.com": false, "evil.com:7948": false, "127.0.0.1.evil.com": false,
		"localhost.evil.com": false, "10.0.0.1:7948": false, "0.0.0.0": false, "[::]:7948": false,
	} {
		require.Equal(t, want, local(host), host)
	}
}

// TestAdminPort holds who gets what from it.
func TestAdminPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	(&person{t: t, url: node.URL}).register("ada@example.com")
	admin := &person{t: t, url: "http://" + node.Admin}
	admin.ask(200, "GET", "/", "")
	admin.ask(200, "GET", "/livez", "")
	admin.ask(200, "GET", "/debug/pprof/", "")
	require.Equal(t, "foreign_site", admin.ask(403, "GET", "/status", "", "Sec-Fetch-Site", "cross-site").field(t, "code"))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, admin.url+"/status", nil)
	require.NoError(t, err)
	r.Host = "evil.com"
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode)

	const promote = `{"email":"ada@example.com"}`
	admin.ask(401, "POST", "/user/promote", promote)
	admin.token = "wrong"
	admin.ask(401, "POST", "/user/promote", promote)
	admin.ask(401, "POST", "/user/rotate-keys", "")
	path := filepath.Join(dir, nodesDir, "n1", tokenFile)
	token, err := os.ReadFile(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	admin.token = string(token)
	admin.ask(200, "POST", "/user/promote", promote)
	admin.ask(404, "POST", "/user/promote", `{"email":"nobody@example.com"}`)
	admin.ask(400, "POST", "/user/promote", `{`)

	// A token that others could read, and the record of a node that was killed, do not outlive a start.
	node.kill()
	require.NoError(t, os.Chmod(path, 0o644))
	start(t, dir)
	info, err = os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotEqual(t, token, again)
}

// TestHealthPort holds that probes get three paths and nothing else.
func TestHealthPort(t *testing.T) {
	t.Parallel()
	node := start(t, t.TempDir(), "--health-addr", "127.0.0.1:0")
	var s nodeStatus
	require.NoError(t, target{name: "n1", admin: node.Admin}.look(t.Context(), "/status", &s))
	probe := &person{t: t, url: "http://" + s.Addresses["health"]}
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		probe.ask(200, "GET", path, "")
	}
	for _, path := range []string{"/status", "/debug/pprof/", "/"} {
		probe.ask(404, "GET", path, "")
	}
}

// TestTargeting holds how verbs find their node: a flag before the environment, one that lives before one that does
// not, and no guess among several for a verb that changes something.
func TestTargeting(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "da[ta]")
	one := start(t, dir, "-m", "user,gateway")
	two := launch(t, dir, "-m", "registry", "--name", "n2", "--admin-addr", "127.0.0.1:0")
	two.await()
	verb := func(code int, env []string, args ...string) string {
		t.Helper()
		var out, errs lockedBuffer
		args = append(args, "--config", "none", "--data-dir", dir)
		require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &errs, env: env}), "%v: %s%s", args, &out, &errs)
		return out.String() + errs.String()
	}
	require.Contains(t, verb(1, nil, "log-level", "debug"), "several nodes run")
	require.Contains(t, verb(1, nil, "user", "promote", "a@example.com"), "there is no such user", "any node can ask for it")
	require.Contains(t, verb(1, nil, "user", "promote", "a@example.com", "--node", "n1"), "there is no such user")
	env := []string{adminVariable + "=" + two.Admin}
	require.Contains(t, verb(0, env, "health"), "node n2 is ready")
	require.Contains(t, verb(0, env, "health", "--node", "n1"), "node n1 is ready")
	require.Contains(t, verb(0, env, "health", "--admin", "http://"+one.Admin), "node n1 is ready")
	require.Contains(t, verb(1, nil, "user", "promote", "a@example.com", "--admin", one.Admin), "there is no such user")
	require.Contains(t, verb(64, nil, "health", "--admin", "nonsense"), "admin")
	verb(1, nil, "health", "--admin", one.Admin, "--node", "n1")
	two.kill()
	require.Contains(t, verb(1, nil, "user", "promote", "a@example.com"), "there is no such user", "a killed node is none")
}
