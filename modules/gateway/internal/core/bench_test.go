package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
)

// BenchmarkAuthenticate measures what every request pays whose token or key has been seen before, and what the first
// one pays.
func BenchmarkAuthenticate(b *testing.B) {
	now := time.Now()
	is := runs(b, newIssuers(b, saying(published(allKeys()...)), b.TempDir(), time.Now, acme()))
	own := runs(b, core.NewKeyring(answering(with(key)), b.TempDir()+"/keys.json", every, discard, time.Now))
	programs := runs(b, core.NewPrograms(core.ProgramsParams{Users: newDesk(1), Remembered: 100, Questions: 8, Log: discard, Now: time.Now}))
	scopes := []string{"openid", "module:order", "module:user"}
	tokens := []struct{ what, token string }{
		{"own", good().lastingFrom(now, time.Hour).signed()},
		{"EdDSA", visa(edKey, now).claim("scope", scopes).by(edKey)},
		{"ES256", visa(ecKey(), now).claim("scope", scopes).by(ecKey())},
		{"ES384", visa(ec3Key(), now).claim("scope", scopes).by(ec3Key())},
		{"RS256", visa(rsaKey(), now).claim("scope", scopes).by(rsaKey())},
		{"key", apiKey(1)},
	}
	for _, row := range tokens {
		b.Run("cached "+row.what, func(b *testing.B) {
			g := core.New(core.Params{Keys: own, Issuers: is, Programs: programs, Remembered: 100, Now: time.Now})
			_, err := g.Authenticate(b.Context(), row.token)
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := g.Authenticate(b.Context(), row.token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, row := range tokens[:5] {
		b.Run("first "+row.what, func(b *testing.B) {
			g := core.New(core.Params{Keys: own, Issuers: is, Remembered: 0, Now: time.Now})
			b.ReportAllocs()
			for b.Loop() {
				g.Forget()
				if _, err := g.Authenticate(b.Context(), row.token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
