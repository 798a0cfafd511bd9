package core_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
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
