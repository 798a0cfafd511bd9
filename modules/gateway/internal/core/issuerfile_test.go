package core_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/transport/status"
)

// afterARun returns a folder in which a run of three hours has kept acme's keys.
func afterARun(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	is := newIssuers(t, saying(published(edKey)), dir, time.Now, acme())
	require.NoError(t, is.Start(t.Context()))
	pass(3 * time.Hour)
	is.Stop()
	return dir
}

func TestRestartDuringAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := afterARun(t)
		info, err := os.Stat(filepath.Join(dir, "keys-acme.json"))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, entries, 1)

		for _, restarted := range []time.Duration{0, 10 * time.Hour, 10 * time.Hour} { // of keys up to 5 minutes old
			pass(restarted)
			g := gate(t, runs(t, newIssuers(t, down, dir, time.Now, acme())), time.Now)
			require.NoError(t, authenticate(t, g, edKey))
		}
		g := gate(t, runs(t, newIssuers(t, down, dir, time.Now, acme())), time.Now)
		pass(3 * time.Hour)
		require.NoError(t, authenticate(t, g, edKey), "23 hours")
		pass(time.Hour)
		modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
		g = gate(t, runs(t, newIssuers(t, down, dir, time.Now, acme())), time.Now)
		modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
	})
}

// A restart makes keys no younger, however often there is one.
func TestRestartsDoNotRejuvenateKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := afterARun(t)
		for range 25 {
			is := newIssuers(t, down, dir, time.Now, acme())
			require.NoError(t, is.Start(t.Context()))
			pass(time.Hour)
			is.Stop()
		}
		g := gate(t, runs(t, newIssuers(t, down, dir, time.Now, acme())), time.Now)
		modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
	})
}

// What is kept is taken only if it is this issuer's, whole, and of a time that can be told.
func TestKeptKeysThatAreNotTaken(t *testing.T) {
	t.Parallel()
	rewrite := func(change func(object)) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			var o object
			require.NoError(t, json.Unmarshal(must(os.ReadFile(path)), &o))
			change(o)
			require.NoError(t, os.WriteFile(path, must(json.Marshal(o)), 0o600))
		}
	}
	content := func(raw string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(raw), 0o600)) }
	}
	for what, row := range map[string]struct {
		damage func(t *testing.T, path string)
		issuer func(*core.Issuer)
	}{
		"gone":              {damage: func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }},
		"empty":             {damage: content("")},
		"null":              {damage: content("null")},
		"nothing in it":     {damage: content("{}")},
		"cut off":           {damage: content(`{"issuer":"` + acmeIss)},
		"empty set":         {damage: rewrite(func(o object) { o["set"] = object{"keys": []any{}} })},
		"no set":            {damage: rewrite(func(o object) { o["set"] = "x" })},
		"without a time":    {damage: rewrite(func(o object) { delete(o, "asked") })},
		"of the future":     {damage: rewrite(func(o object) { o["asked"] = time.Now().Add(time.Hour) })},
		"another issuer":    {issuer: func(i *core.Issuer) { i.Issuer = "https://id.other.example/" }},
		"another address":   {issuer: func(i *core.Issuer) { i.JWKS = "https://id.acme.example/v2/jwks.json" }},
		"another algorithm": {issuer: func(i *core.Issuer) { i.Algorithms = []string{"ES256"} }},
		"another name":      {issuer: func(i *core.Issuer) { i.Name = "acme-2" }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				dir, i := afterARun(t), acme()
				if row.damage != nil {
					row.damage(t, filepath.Join(dir, "keys-acme.json"))
				}
				if row.issuer != nil {
					row.issuer(&i)
				}
				is := runs(t, newIssuers(t, down, dir, time.Now, i))
				synctest.Wait()
				require.Zero(t, is.States()[0].Keys)
			})
		})
	}
}
