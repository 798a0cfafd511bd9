package core_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/transport/contract"
)

// FuzzAuthenticate takes any text for a token: it must not panic, and only what the key has signed may pass. Then it
// signs the text's two halves as header and claims: who passes must be exactly who the claims say.
func FuzzAuthenticate(f *testing.F) {
	ring := core.NewKeyring(answering(with(key)), f.TempDir()+"/keys.json", every, discard, (&clock{}).now)
	require.NoError(f, ring.Start(f.Context()))
	f.Cleanup(ring.Stop)
	g := core.NewGatekeeper(ring, 100, (&clock{}).now)

	genuine := good().signed()
	f.Add(genuine)
	f.Add(text(good().header) + "." + text(good().claims))
	f.Add(text(good().header) + "." + text(good().claim("roles", []string{"admin"}).claims))
	f.Add(text(good().header) + `.{"sub":"eve",` + text(good().claims)[1:])
	for _, token := range badTokens() {
		f.Add(token)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := g.Authenticate(t.Context(), token); err == nil {
			require.Equal(t, genuine, token, "only this one was ever signed")
		}
		header, claims, _ := strings.Cut(token, ".")
		p, err := g.Authenticate(t.Context(), sign(header, claims, key))
		if err != nil {
			require.Empty(t, p.Subject)
			return
		}
		var said map[string]any
		require.NoError(t, json.Unmarshal([]byte(claims), &said))
		require.Equal(t, said["sub"], p.Subject)
		require.Equal(t, "holon", said["iss"])
		if aud, list := said["aud"].([]any); list {
			require.Contains(t, aud, "holon")
		} else {
			require.Equal(t, "holon", said["aud"])
		}
		require.NotNil(t, said["exp"])
		require.NotNil(t, said["iat"])
	})
}

// FuzzOutside takes any text's two halves as header and claims and signs them with an outside issuer's key: who passes
// must be exactly who the claims say, behind the issuer's name, with no role that was not to be taken over.
func FuzzOutside(f *testing.F) {
	is := runs(f, newIssuers(f, saying(published(edKey)), f.TempDir(), (&clock{}).now, acme()))
	g := gate(f, is, (&clock{}).now)
	ok := visa(edKey, start)
	for _, good := range []forge{
		ok, ok.claim("roles", []string{"admin", "root"}), ok.claim("roles", "clerk"), ok.claim("scope", "a b"), ok.claim("scope", []string{"a"}),
	} {
		f.Add(text(good.header) + "." + text(good.claims))
	}
	for _, bad := range []map[string]string{confused(), foreign(), crooked()} {
		for _, token := range bad {
			header, rest, _ := strings.Cut(token, ".")
			claims, _, _ := strings.Cut(rest, ".")
			raw, _ := base64.RawURLEncoding.DecodeString(header)
			body, _ := base64.RawURLEncoding.DecodeString(claims)
			f.Add(string(raw) + "." + string(body))
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := g.Authenticate(t.Context(), token)
		require.Error(t, err, "this was never signed")
		header, claims, _ := strings.Cut(token, ".")
		p, err := g.Authenticate(t.Context(), edKey.sign(header, claims))
		if err != nil {
			require.Equal(t, contract.Principal{}, p)
			return
		}
		var said map[string]any
		require.NoError(t, json.Unmarshal([]byte(claims), &said))
		require.Equal(t, acmeIss, said["iss"])
		require.Equal(t, fmt.Sprint("acme|", said["sub"]), p.Subject)
		require.True(t, strings.HasPrefix(p.Subject, "acme|"))
		require.Subset(t, []string{"admin", "clerk"}, p.Roles)
		require.Regexp(t, `^[!#-\[\]-~ ]*$`, strings.Join(p.Scopes, " "))
		require.LessOrEqual(t, said["exp"], float64(start.Add(24*time.Hour+30*time.Second).Unix()))
		require.Empty(t, p.Key)
	})
}
