package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/user"
)

// made types a create for the account ada@example.com and returns the key, which stands alone on standard output.
func made(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var out, beside lockedBuffer
	args = append([]string{"apikey", "create", "--owner", "ada@example.com", "--config", "none", "--data-dir", dir}, args...)
	require.Zero(t, run(t.Context(), args, environment{out: &out, err: &beside}), "%s%s", &out, &beside)
	text := strings.TrimSuffix(out.String(), "\n")
	id, _, ok := user.ParseAPIKey(text)
	require.True(t, ok, "%q", text)
	require.Contains(t, beside.String(), "This is shown only now")
	require.Contains(t, beside.String(), "Authorization: Bearer holon_"+id+"…\n")
	require.NotContains(t, beside.String(), text)
	return text
}

// TestAPIKeyVerbs holds what the verbs print, and that the secret of a key is in one place.
func TestAPIKeyVerbs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir, "--log-level", "debug")
	(&person{t: t, url: node.URL}).register("ada@example.com")
	require.Contains(t, typed(t, 0, dir, "apikey", "ls"), "make one with: holon apikey create")

	ci := made(t, dir, "--name", "nightly build", "--scope", "module:order", "--scope", "route:list-*,service:mail", "--ttl", "90d")
	var shop user.CreateAPIKeyReply
	require.NoError(t, json.Unmarshal([]byte(typed(t, 0, dir, "apikey", "create", "--owner", "ADA@example.com", "--name", "shop",
		"--scope", "*", "-o", "json")), &shop))
	id, _, _ := user.ParseAPIKey(string(shop.Text))
	require.Equal(t, id, shop.APIKey.ID)
	require.True(t, shop.APIKey.ExpiresAt.IsZero())

	var l apiKeyList
	require.NoError(t, json.Unmarshal([]byte(typed(t, 0, dir, "apikey", "ls", "--owner", "ada@example.com", "-o", "json")), &l))
	require.Len(t, l.Items, 2)
	require.Equal(t, []string{"module:order", "route:list-*", "service:mail"}, l.Items[0].Scopes)
	require.Equal(t, 90*24*time.Hour, l.Items[0].ExpiresAt.Sub(l.Items[0].CreatedAt))
	require.Equal(t, shop.APIKey, l.Items[1])
	table := typed(t, 0, dir, "apikey", "ls")
	require.Regexp(t, `^ID +OWNER +NAME +SCOPES +CREATED +EXPIRES\n`, table)
	require.Regexp(t, l.Items[0].ID+` +ada@example\.com +nightly build +module:order, route:list-\*, service:mail +\d\S+Z +\d\S+Z\n`, table)
	require.Regexp(t, id+` +ada@example\.com +shop +\* +\d\S+Z +never\n`, table)

	require.Contains(t, typed(t, 1, dir, "apikey", "ls", "--owner", "eve@example.com"), "there is no such user")
	again := typed(t, 1, dir, "apikey", "create", "--owner", "ada@example.com", "--name", "nightly build", "--scope", "*")
	require.Contains(t, again, "the user has an API key of this name")
	slip := typed(t, 1, dir, "apikey", "create", "--owner", "ada@example.com", "--name", "x", "--scope", "modules:order")
	require.Contains(t, slip, "→ did you mean module:order?")

	// A whole key is taken for its id; what is neither is not repeated.
	require.Equal(t, "key "+l.Items[0].ID+" (nightly build) of ada@example.com is revoked\n", typed(t, 0, dir, "apikey", "revoke", ci))
	require.Contains(t, typed(t, 1, dir, "apikey", "revoke", l.Items[0].ID), "there is no such API key")
	part := ci[:len(ci)-1]
	require.NotContains(t, typed(t, 64, dir, "apikey", "revoke", part), part[len(part)-30:])
	var ended user.APIKey
	require.NoError(t, json.Unmarshal([]byte(typed(t, 0, dir, "apikey", "revoke", "holon_"+id, "-o", "json")), &ended))
	require.Equal(t, shop.APIKey, ended)
	require.Contains(t, typed(t, 0, dir, "apikey", "ls"), "there are no such keys")

	node.stop()
	log := node.output.String()
	require.Contains(t, log, "apikey create")
	for _, text := range []string{ci, string(shop.Text)} {
		require.NotContains(t, log, text[len(text)-user.APIKeySecretLength:])
	}
}

// TestAPIKeyDesk holds who gets what from the admin port.
func TestAPIKeyDesk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	(&person{t: t, url: node.URL}).register("ada@example.com")
	admin := &person{t: t, url: "http://" + node.Admin}
	const create = `{"email":"ada@example.com","name":"ci","scopes":["*"]}`
	for _, path := range []string{"/user/create-api-key", "/user/list-api-keys", "/user/revoke-api-key"} {
		admin.ask(401, "POST", path, create)
		admin.ask(405, "GET", path, "")
	}
	token, err := os.ReadFile(filepath.Join(dir, nodesDir, "n1", tokenFile))
	require.NoError(t, err)
	admin.token = string(token)
	admin.ask(200, "POST", "/user/create-api-key", create)
	require.Equal(t, "api_key_name_taken", admin.ask(409, "POST", "/user/create-api-key", create).field(t, "code"))
	forever := `{"email":"ada@example.com","name":"x","scopes":["*"],"ttl":"90d"}`
	require.Contains(t, admin.ask(400, "POST", "/user/create-api-key", forever).field(t, "detail"), `unknown field "ttl"`)
	admin.ask(400, "POST", "/user/list-api-keys", `{`)
	admin.ask(422, "POST", "/user/list-api-keys", `{"limit":-1}`)
	admin.ask(404, "POST", "/user/revoke-api-key", `{"id":"x"}`)
}

// TestAPIKeysOfAUserElsewhere asks a node that does not run user.
func TestAPIKeysOfAUserElsewhere(t *testing.T) {
	plainOnly(t)
	t.Parallel()
	dir := t.TempDir()
	door := start(t, dir, "--name", "door", "-m", "gateway")
	var now nodeStatus
	require.NoError(t, target{name: "door", admin: door.Admin}.look(t.Context(), "/status", &now))
	accounts := launch(t, t.TempDir(), "--name", "accounts", "-m", "user", "--admin-addr", "127.0.0.1:0", "--join", now.Addresses["gossip"])
	accounts.await()
	ada := &person{t: t, url: door.URL}
	require.Eventually(t, func() bool {
		a, err := ada.try("GET", "/.well-known/jwks.json", "")
		return err == nil && a.code == 200
	}, 10*time.Second, 10*time.Millisecond)
	ada.register("ada@example.com")
	id, _, _ := user.ParseAPIKey(made(t, dir, "--name", "ci", "--scope", "module:order"))
	require.Contains(t, typed(t, 0, dir, "apikey", "ls"), id)
	typed(t, 0, dir, "apikey", "revoke", id)
	accounts.stop()
	require.Contains(t, typed(t, 1, dir, "apikey", "ls"), "user")
}
