package core_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
)

func TestJWKS(t *testing.T) {
	t.Parallel()
	keys, skipped, err := core.ParseJWKS(published(allKeys()...), core.Algorithms())
	require.NoError(t, err)
	require.Zero(t, skipped)
	require.Len(t, keys, 4)
	for _, s := range allKeys() {
		require.Equal(t, s.private.Public(), keys[s.id])
	}
	keys, skipped, err = core.ParseJWKS(published(allKeys()...), []string{"EdDSA", "ES256"})
	require.NoError(t, err)
	require.Equal(t, 2, skipped, "keys for algorithms that the issuer does not use")
	require.Len(t, keys, 2)
}

// uselessKeys are keys that must be skipped, each beside a good one.
func uselessKeys() map[string]string {
	ed, ec, rs := edKey.named("bad").jwk(), ecKey().named("bad").jwk(), rsaKey().named("bad").jwk()
	modulus := func(bits int) string { // odd, and of that many bits
		raw := make([]byte, (bits+7)/8)
		raw[0], raw[len(raw)-1] = 1<<((bits-1)%8), 1
		return encode(string(raw))
	}
	useless := map[string]object{
		"no id":                   set(ed, "kid", nil),
		"empty id":                set(ed, "kid", ""),
		"id a number":             set(ed, "kid", 1),
		"no type":                 set(ed, "kty", nil),
		"type in lower case":      set(ed, "kty", "okp"),
		"shared secret":           {"kty": "oct", "kid": "bad", "k": encode("0123456789abcdef0123456789abcdef"), "alg": "HS256"},
		"another type":            {"kty": "AKP", "kid": "bad", "alg": "ML-DSA-44", "pub": "AAAA"},
		"for encryption":          set(ed, "use", "enc"),
		"use in capitals":         set(ed, "use", "SIG"),
		"for signing only":        set(ed, "key_ops", []string{"sign"}),
		"for nothing":             set(ed, "key_ops", []string{}),
		"operations a text":       set(ed, "key_ops", "verify"),
		"with its private part":   set(ed, "d", encode("0123456789abcdef0123456789abcdef")),
		"RSA with private part":   set(rs, "d", "AQAB"),
		"another algorithm":       set(ed, "alg", "ES256"),
		"shared algorithm":        set(rs, "alg", "HS256"),
		"encryption algorithm":    set(rs, "alg", "RSA-OAEP"),
		"longer hash":             set(rs, "alg", "RS512"),
		"X25519":                  set(ed, "crv", "X25519"),
		"Ed448":                   set(ed, "crv", "Ed448"),
		"EC on Ed25519":           set(ec, "crv", "Ed25519"),
		"OKP on P-256":            set(ed, "crv", "P-256"),
		"P-521":                   set(ec, "crv", "P-521"),
		"secp256k1":               set(ec, "crv", "secp256k1"),
		"P-256 said to be P-384":  set(ec, "crv", "P-384"),
		"short point":             set(ed, "x", encode("short")),
		"long point":              set(ed, "x", encode(strings.Repeat("x", 33))),
		"no point":                set(ed, "x", nil),
		"point in standard code":  set(ed, "x", strings.Repeat("+", 43)),
		"padded":                  set(ed, "x", ed["x"].(string)+"="),
		"loose bits":              set(ed, "x", loose(ed["x"].(string))),
		"point off the curve":     set(ed, "x", hexed("0200000000000000000000000000000000000000000000000000000000000000")),
		"point beyond the prime":  set(ed, "x", encode(strings.Repeat("\xff", 32))),
		"EC point off the curve":  set(ec, "y", ec["x"]),
		"EC point at infinity":    set(set(ec, "x", encode(strings.Repeat("\x00", 32))), "y", encode(strings.Repeat("\x00", 32))),
		"EC point without y":      set(ec, "y", nil),
		"EC point cut":            set(ec, "x", encode("x")),
		"RSA without modulus":     set(rs, "n", nil),
		"RSA of 1024 bits":        set(rs, "n", modulus(1024)),
		"RSA of 2047 bits":        set(rs, "n", modulus(2047)),
		"RSA of 8193 bits":        set(rs, "n", modulus(8193)),
		"RSA even":                set(rs, "n", encode("\x80"+strings.Repeat("\x00", 255))),
		"RSA without exponent":    set(rs, "e", nil),
		"RSA exponent 1":          set(rs, "e", "AQ"),
		"RSA exponent 0":          set(rs, "e", "AA"),
		"RSA exponent even":       set(rs, "e", "BA"),
		"RSA exponent of 33 bits": set(rs, "e", encode("\x01\x00\x00\x00\x01")),
		"good, but there twice":   edKey.jwk(),
	}
	for i, low := range lowOrder {
		useless[fmt.Sprint("low order ", i)] = set(ed, "x", hexed(low))
	}
	texts := map[string]string{"null": "null", "a list": "[]", "a text": `"key"`, "a number": "7"}
	for what, k := range useless {
		texts[what] = text(k)
	}
	return texts
}

// loose sets a bit that says nothing, in the last character of 32 bytes.
func loose(s string) string { return s[:len(s)-1] + string(s[len(s)-1]+1) }

func hexed(s string) string { return base64.RawURLEncoding.EncodeToString(must(hex.DecodeString(s))) }

// lowOrder are all points of edwards25519 under which anybody can sign, in every way to write them.
var lowOrder = []string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}

func TestUselessKeysAreSkipped(t *testing.T) {
	t.Parallel()
	for what, one := range uselessKeys() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			raw := must(json.Marshal(object{"keys": []any{edKey.jwk(), json.RawMessage(one)}}))
			keys, skipped, err := core.ParseJWKS(raw, core.Algorithms())
			require.NoError(t, err)
			require.Equal(t, 1, skipped)
			require.Len(t, keys, 1)
			require.Equal(t, edKey.private.Public(), keys[edKey.id])
		})
	}
}

// Ed25519 keys are points, and every second text of 32 bytes is one: the check must not take those away.
func TestGoodPointsAreTaken(t *testing.T) {
	t.Parallel()
	for i := range 200 {
		s := edSigner(fmt.Sprint("key", i))
		_, skipped, err := core.ParseJWKS(published(s), []string{"EdDSA"})
		require.NoError(t, err)
		require.Zero(t, skipped)
	}
}

func refusedSets() map[string]string {
	many := make([]object, 101)
	for i := range many {
		many[i] = edSigner(fmt.Sprint("key", i)).jwk()
	}
	return map[string]string{
		"nothing":        "",
		"no JSON":        "<html>Please sign in</html>",
		"cut off":        string(published(edKey))[:60],
		"and more":       string(published(edKey)) + "{}",
		"null":           "null",
		"a list":         "[" + text(edKey.jwk()) + "]",
		"a bare key":     text(edKey.jwk()),
		"an error":       `{"error":"temporarily_unavailable"}`,
		"keys no list":   `{"keys":` + text(edKey.jwk()) + `}`,
		"empty":          `{"keys":[]}`,
		"only useless":   string(jwks(object{"kty": "oct", "kid": "x", "k": "AAAA"})),
		"too many":       string(jwks(many...)),
		"too large":      `{"x":"` + strings.Repeat("x", 64<<10) + `",` + string(published(edKey))[1:],
		"nested deeply":  strings.Repeat("[", 60_000),
		"keys of nobody": `{"keys":[null,null,{}]}`,
	}
}

func TestRefusedSets(t *testing.T) {
	t.Parallel()
	for what, raw := range refusedSets() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			keys, _, err := core.ParseJWKS([]byte(raw), core.Algorithms())
			require.Error(t, err)
			require.Empty(t, keys)
		})
	}
}

// FuzzJWKS takes any text for a key set: it must not panic, and every key that is taken must be a sound one that Go's own
// library can write and read again.
func FuzzJWKS(f *testing.F) {
	f.Add(published(allKeys()...))
	for _, one := range uselessKeys() {
		f.Add([]byte(`{"keys":[` + one + `]}`))
	}
	for what, raw := range refusedSets() {
		if what != "too large" && what != "nested deeply" {
			f.Add([]byte(raw))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		keys, skipped, err := core.ParseJWKS(raw, core.Algorithms())
		if err != nil {
			require.Empty(t, keys)
			return
		}
		require.NotEmpty(t, keys)
		require.LessOrEqual(t, len(keys)+skipped, 100)
		for id, public := range keys {
			require.NotEmpty(t, id)
			der, err := x509.MarshalPKIXPublicKey(public)
			require.NoError(t, err)
			again, err := x509.ParsePKIXPublicKey(der)
			require.NoError(t, err)
			require.Equal(t, public, again)
		}
		// What is kept on disk must come back as it was.
		var kept struct{ Set json.RawMessage }
		require.NoError(t, json.Unmarshal(must(json.Marshal(object{"set": json.RawMessage(raw)})), &kept))
		again, _, err := core.ParseJWKS(kept.Set, core.Algorithms())
		require.NoError(t, err)
		require.Equal(t, keys, again)
	})
}
