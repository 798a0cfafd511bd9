package core_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/status"
)

// hmacSigned is signed with the public key as if it were a shared secret, which a careless verifier would accept.
func hmacSigned() string {
	token := encode(text(good().head("alg", "HS256").header)) + "." + encode(text(good().claims))
	mac := hmac.New(sha256.New, key.public())
	mac.Write([]byte(token))
	return token + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// badTokens are signed with the good key unless they say otherwise, so that the one fault is all that is wrong.
func badTokens() map[string]string {
	ok := good().signed()
	bad := map[string]string{
		"empty":                    "",
		"a word":                   "token",
		"dots":                     "..",
		"unsigned":                 segment(ok, 2, func(string) string { return "" }),
		"signature cut":            ok[:len(ok)-1],
		"two segments":             ok[:strings.LastIndex(ok, ".")],
		"four segments":            ok + ".e30",
		"five segments, as of JWE": ok + ".e30.e30",
		"a dot behind":             ok + ".",
		"blank before":             " " + ok,
		"blank behind":             ok + " ",
		"line break behind":        ok + "\n",
		"line break in signature":  segment(ok, 2, func(s string) string { return s[:9] + "\r\n" + s[9:] }),
		"line break in claims":     segment(ok, 1, func(s string) string { return s[:9] + "\n" + s[9:] }),
		"padding":                  ok + "==",
		"loose bits in base64":     segment(ok, 2, func(s string) string { return s[:len(s)-1] + string(s[len(s)-1]+1) }),
		"standard base64":          segment(ok, 2, func(s string) string { return strings.NewReplacer("-", "+", "_", "/").Replace(s) }),
		"oversized":                good().claim("x", strings.Repeat("x", 8<<10)).signed(),
		"signed by a stranger":     sign(text(good().header), text(good().claims), stranger),
		"stranger by name":         sign(text(good().head("kid", stranger.id).header), text(good().claims), stranger),
		"header of another token":  segment(ok, 0, func(string) string { return encode(text(good().head("typ", "x").header)) }),
		"claims of another token":  segment(ok, 1, func(string) string { return encode(text(good().claim("sub", "eve").claims)) }),
		"signature of another":     segment(ok, 2, func(string) string { return strings.Split(good().claim("sub", "eve").signed(), ".")[2] }),
		"a bit of the signature":   segment(ok, 2, func(s string) string { return flip(s) }),
		"shared secret":            hmacSigned(),

		"header no JSON":     sign("{", text(good().claims), key),
		"header null":        sign("null", text(good().claims), key),
		"header a list":      sign("[]", text(good().claims), key),
		"header and more":    sign(text(good().header)+"{}", text(good().claims), key),
		"claims no JSON":     sign(text(good().header), "garbage", key),
		"claims null":        sign(text(good().header), "null", key),
		"claims a list":      sign(text(good().header), "[]", key),
		"claims a text":      sign(text(good().header), `"ada"`, key),
		"claims and more":    sign(text(good().header), text(good().claims)+"{}", key),
		"no claims":          sign(text(good().header), "{}", key),
		"algorithm twice":    sign(`{"alg":"none",`+text(good().header)[1:], text(good().claims), key),
		"subject twice":      sign(text(good().header), `{"sub":"eve",`+text(good().claims)[1:], key),
		"subject in capital": sign(text(good().header), `{"SUB":"eve",`+text(good().claims)[1:], key),
	}
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

// flip changes one bit of what a segment says.
func flip(s string) string {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	raw[10] ^= 1
	return base64.RawURLEncoding.EncodeToString(raw)
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
