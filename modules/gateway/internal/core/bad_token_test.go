package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/status"
)

// badTokens are the malformed ones and those that are well made and say something wrong.
func badTokens() map[string]string {
	bad := malformed()
	for what, token := range map[string]forge{
		"no algorithm":            good().head("alg", nil),
		"algorithm none":          good().head("alg", "none"),
		"algorithm None":          good().head("alg", "None"),
		"algorithm HS256":         good().head("alg", "HS256"),
		"algorithm RS256":         good().head("alg", "RS256"),
		"algorithm ES256":         good().head("alg", "ES256"),
		"algorithm in lower case": good().head("alg", "eddsa"),
		"algorithm Ed25519":       good().head("alg", "Ed25519"),
		"algorithms":              good().head("alg", []string{"EdDSA"}),
		"no key id":               good().head("kid", nil),
		"empty key id":            good().head("kid", ""),
		"unknown key id":          good().head("kid", "key-2"),
		"key id a path":           good().head("kid", "../keys.json"),
		"key id a number":         good().head("kid", 1),
		"key id a list":           good().head("kid", []string{key.id}),
		"key id in capitals only": good().head("kid", nil).head("KID", key.id),
		"critical extensions":     good().head("crit", []string{"exp"}),
		"no critical extensions":  good().head("crit", []string{}),
		"key set by address":      good().head("jku", "https://example.com/jwks.json"),
		"key enclosed":            good().head("jwk", object{"kty": "OKP", "crv": "Ed25519", "x": encode(string(key.public()))}),
		"certificate by address":  good().head("x5u", "https://example.com/cert"),
		"certificate enclosed":    good().head("x5c", []string{"AAAA"}),
		"no issuer":               good().claim("iss", nil),
		"another issuer":          good().claim("iss", "holon.example.com"),
		"issuer in capitals":      good().claim("iss", "Holon"),
		"issuer a list":           good().claim("iss", []string{"holon"}),
		"no audience":             good().claim("aud", nil),
		"another audience":        good().claim("aud", "shop"),
		"other audiences":         good().claim("aud", []string{"shop", "holon.example.com"}),
		"empty audience":          good().claim("aud", []string{}),
		"audience a number":       good().claim("aud", 1),
		"no subject":              good().claim("sub", nil),
		"empty subject":           good().claim("sub", ""),
		"subject a number":        good().claim("sub", 1),
		"subject only in capital": good().claim("sub", nil).claim("Sub", "ada"),
		"roles a text":            good().claim("roles", "admin"),
		"no expiry":               good().claim("exp", nil),
		"expiry a word":           good().claim("exp", "never"),
		"expiry before its issue": good().lasting(0, -time.Hour),
		"expiry beyond all time":  good().claim("exp", 1e300),
		"expiry below all time":   good().claim("exp", -1e300),
		"no time of issue":        good().claim("iat", nil),
		"issued too far ahead":    good().lasting(31*time.Second, time.Hour),
		"issued before all time":  good().claim("iat", -1e300),
		"not before too far":      good().claim("nbf", start.Add(31*time.Second).Unix()),
		"good for too long":       good().lasting(0, 24*time.Hour+time.Second),
		"good for years":          good().lasting(0, 20*365*24*time.Hour),
	} {
		bad[what] = token.signed()
	}
	return bad
}

func TestBadTokens(t *testing.T) {
	t.Parallel()
	g, _ := newGatekeeper(t)
	_, err := g.Authenticate(t.Context(), good().signed())
	require.NoError(t, err, "the token that all others are made of")
	for what, token := range badTokens() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.NotEqual(t, good().signed(), token, "the row changes nothing")
			for range 2 {
				p, err := g.Authenticate(t.Context(), token)
				e := modulestest.Refused(t, err, status.Unauthenticated, "")
				require.Contains(t, []string{"invalid_token", "token_expired"}, e.Name())
				require.Equal(t, contract.Principal{}, p)
			}
		})
	}
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	g, _ := newGatekeeper(t)
	for what, token := range map[string]forge{
		"at the leeway's end": good().lasting(-time.Hour, -30*time.Second),
		"long ago":            good().lasting(-48*time.Hour, -47*time.Hour),
		"at once":             good().lasting(-time.Hour, -time.Hour),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := g.Authenticate(t.Context(), token.signed())
			e := modulestest.Refused(t, err, status.Unauthenticated, "token_expired")
			require.Contains(t, e.Details[status.DetailHint], "POST /sessions")
		})
	}
}
