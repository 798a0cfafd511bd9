package core_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/status"
)

// hs256 signs with a public key as if it were a shared secret, which a careless verifier would accept.
func hs256(f forge, secret []byte) string {
	token := encode(text(f.head("alg", "HS256").header)) + "." + encode(text(f.claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(token))
	return token + "." + encode(string(mac.Sum(nil)))
}

// claiming signs a good token's claims with more of them in front, by hand.
func claiming(more string) string {
	return edKey.sign(text(visa(edKey, start).header), "{"+more+","+text(visa(edKey, start).claims)[1:])
}

// timed signs a good token with a time written as it stands.
func timed(claim, value string) string {
	f := visa(edKey, start).claim(claim, nil)
	return edKey.sign(text(f.header), `{"`+claim+`":`+value+","+text(f.claims)[1:])
}

// confused are tokens that hope for a key to be used in another way than it is for.
func confused() map[string]string {
	ed, rs, ec := visa(edKey, start), visa(rsaKey(), start), visa(ecKey(), start)
	der := must(x509.MarshalPKIXPublicKey(rsaKey().private.Public()))
	bad := map[string]string{
		"HS256 by RSA key in PEM":      hs256(rs, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"HS256 by RSA key in DER":      hs256(rs, der),
		"HS256 by RSA key in PKCS 1":   hs256(rs, x509.MarshalPKCS1PublicKey(rsaKey().private.Public().(*rsa.PublicKey))),
		"HS256 by modulus":             hs256(rs, rsaKey().private.Public().(*rsa.PublicKey).N.Bytes()),
		"HS256 by Ed25519 key":         hs256(ed, newPair(edKey.id).public()),
		"HS256 by EC point":            hs256(ec, must(ecKey().private.Public().(*ecdsa.PublicKey).Bytes())),
		"HS256 by the published key":   hs256(rs, []byte(text(rsaKey().jwk()))),
		"HS256 by nothing":             hs256(ed, nil),
		"RS512":                        rs.head("alg", "RS512").by(rsaKey().as("RS512")),
		"RS384":                        rs.head("alg", "RS384").by(rsaKey().as("RS384")),
		"PS384":                        rs.head("alg", "PS384").by(rsaKey().as("PS384")),
		"EdDSA key said to be ES256":   ed.head("alg", "ES256").by(edKey),
		"EdDSA key said to be RS256":   ed.head("alg", "RS256").by(edKey),
		"ES256 key said to be EdDSA":   ec.head("alg", "EdDSA").by(ecKey()),
		"ES256 key said to be ES384":   ec.head("alg", "ES384").by(ecKey()),
		"ES256 key said to be RS256":   ec.head("alg", "RS256").by(ecKey()),
		"ES384 key said to be ES256":   visa(ec3Key(), start).head("alg", "ES256").by(ec3Key()),
		"RSA key said to be ES256":     rs.head("alg", "ES256").by(rsaKey()),
		"RSA key said to be EdDSA":     rs.head("alg", "EdDSA").by(rsaKey()),
		"RS256 said to be PS256":       rs.head("alg", "PS256").by(rsaKey()),
		"PS256 said to be RS256":       rs.by(rsaKey().as("PS256")),
		"EC signature in DER":          ecInDER(ec),
		"Ed25519 token of the EC id":   ed.head("kid", ecKey().id).by(edKey),
		"EC token of the Ed25519 id":   ec.head("kid", edKey.id).by(ecKey()),
		"algorithm by its newer name":  ed.head("alg", "Ed25519").by(edKey),
		"two algorithms":               ed.head("alg", []string{"EdDSA", "none"}).by(edKey),
		"algorithm null":               edKey.sign(`{"alg":null,`+text(ed.head("alg", nil).header)[1:], text(ed.claims)),
		"algorithm a number":           ed.head("alg", 0).by(edKey),
		"algorithm in lower case":      ed.head("alg", "eddsa").by(edKey),
		"algorithm with a NUL":         ed.head("alg", "EdDSA\x00").by(edKey),
		"no algorithm":                 ed.head("alg", nil).by(edKey),
		"a key that is not published":  visa(edSigner("x"), start).by(edSigner("x")),
		"another key under a good id":  ed.by(edSigner("x")),
		"EC key of one's own, same id": ec.by(signer{ecKey().id, "ES256", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}),
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", "", "null", "\u006eone", "ｎｏｎｅ"} {
		for what, signature := range map[string]string{"unsigned": "", "signed": strings.Split(ed.by(edKey), ".")[2]} {
			bad["algorithm "+none+", "+what] = encode(text(ed.head("alg", none).header)) + "." + encode(text(ed.claims)) + "." + signature
		}
	}
	return bad
}

func ecInDER(f forge) string {
	signed := encode(text(f.header)) + "." + encode(text(f.claims))
	sum := sha256.Sum256([]byte(signed))
	return signed + "." + encode(string(must(ecdsa.SignASN1(rand.Reader, ecKey().private.(*ecdsa.PrivateKey), sum[:]))))
}

// foreign are tokens of acme's own key that say something they must not.
func foreign() map[string]string {
	ok := visa(edKey, start)
	bad := map[string]string{}
	for what, f := range map[string]forge{
		"no issuer":               ok.claim("iss", nil),
		"unknown issuer":          ok.claim("iss", "https://evil.example/"),
		"issuer without slash":    ok.claim("iss", strings.TrimSuffix(acmeIss, "/")),
		"issuer in capitals":      ok.claim("iss", strings.ToUpper(acmeIss)),
		"issuer and more":         ok.claim("iss", acmeIss+"x"),
		"issuer with a NUL":       ok.claim("iss", acmeIss+"\x00"),
		"issuer with a blank":     ok.claim("iss", " "+acmeIss),
		"issuer a list":           ok.claim("iss", []string{acmeIss}),
		"issuer an object":        ok.claim("iss", object{"iss": acmeIss}),
		"issuer empty":            ok.claim("iss", ""),
		"issuer's name":           ok.claim("iss", "acme"),
		"holon's issuer":          ok.claim("iss", "holon"),
		"holon's, audience too":   ok.claim("iss", "holon").claim("aud", "holon"),
		"no audience":             ok.claim("aud", nil),
		"audience empty":          ok.claim("aud", ""),
		"audience empty list":     ok.claim("aud", []string{}),
		"audience another":        ok.claim("aud", "https://shop.example"),
		"audience of holon":       ok.claim("aud", "holon"),
		"audience begins so":      ok.claim("aud", acmeAud+"/x"),
		"audience in one text":    ok.claim("aud", "shop "+acmeAud),
		"audience nested":         ok.claim("aud", []any{[]string{acmeAud}}),
		"audience among numbers":  ok.claim("aud", []any{acmeAud, 1}),
		"audience a number":       ok.claim("aud", 1),
		"audience an object":      ok.claim("aud", object{acmeAud: true}),
		"no subject":              ok.claim("sub", nil),
		"subject empty":           ok.claim("sub", ""),
		"subject a number":        ok.claim("sub", 7),
		"subject a list":          ok.claim("sub", []string{"ada"}),
		"subject with a NUL":      ok.claim("sub", "ada\x00"),
		"subject on two lines":    ok.claim("sub", "ada\nX-Role: admin"),
		"subject with a tab":      ok.claim("sub", "a\tb"),
		"subject with DEL":        ok.claim("sub", "ada\x7f"),
		"subject of a blank":      ok.claim("sub", " "),
		"subject and a blank":     ok.claim("sub", "ada "),
		"subject in Cyrillic":     ok.claim("sub", "аda"),
		"subject turned about":    ok.claim("sub", "\u202eada"),
		"subject too long":        ok.claim("sub", strings.Repeat("a", 256)),
		"no expiry":               ok.claim("exp", nil),
		"expired":                 ok.lasting(-2*time.Hour, -time.Hour),
		"expired by the leeway":   ok.lasting(-2*time.Hour, -30*time.Second),
		"expiry before issue":     ok.lasting(0, -time.Hour),
		"good for too long":       ok.lasting(0, 24*time.Hour+time.Second),
		"too long, its last day":  ok.lasting(-48*time.Hour, time.Hour),
		"too long without issue":  ok.lasting(0, 24*time.Hour+31*time.Second).claim("iat", nil),
		"issued ahead":            ok.lasting(31*time.Second, time.Hour),
		"not before, ahead":       ok.claim("nbf", start.Unix()+31),
		"key id missing":          ok.head("kid", nil),
		"key id empty":            ok.head("kid", ""),
		"key id a number":         ok.head("kid", 1),
		"key id a list":           ok.head("kid", []string{edKey.id}),
		"key id of holon":         ok.head("kid", key.id),
		"key id a path":           ok.head("kid", "../../keys.json"),
		"key id an absolute path": ok.head("kid", "/dev/null"),
		"key id a query":          ok.head("kid", "ed-1' OR '1'='1"),
		"key id an address":       ok.head("kid", "https://evil.example/jwks.json"),
		"key id with a NUL":       ok.head("kid", edKey.id+"\x00"),
		"key id in capitals":      ok.head("kid", "ED-1"),
		"key id very long":        ok.head("kid", strings.Repeat("k", 5000)),
		"key enclosed":            ok.head("jwk", edSigner("x").jwk()),
		"own key enclosed":        ok.head("jwk", edKey.jwk()),
		"key set by address":      ok.head("jku", "https://evil.example/jwks.json"),
		"own key set by address":  ok.head("jku", "https://id.acme.example/jwks.json"),
		"certificate by address":  ok.head("x5u", "https://evil.example/cert"),
		"certificate enclosed":    ok.head("x5c", []string{"AAAA"}),
		"critical exp":            ok.head("crit", []string{"exp"}),
		"critical b64":            ok.head("crit", []string{"b64"}).head("b64", false),
		"critical nothing":        ok.head("crit", []string{}),
		"critical null":           {set(ok.header, "crit", object(nil)), ok.claims},
		"a logout token":          ok.head("typ", "logout+jwt"),
		"a security event":        ok.head("typ", "secevent+jwt"),
		"type a number":           ok.head("typ", 1),
		"type empty":              ok.head("typ", ""),
		"roles a number":          ok.claim("roles", 7),
		"roles an object":         ok.claim("roles", object{"admin": true}),
		"roles among numbers":     ok.claim("roles", []any{"admin", 1}),
		"roles nested":            ok.claim("roles", []any{[]string{"admin"}}),
		"scopes a number":         ok.claim("scope", 7),
		"scopes an object":        ok.claim("scope", object{"a": "b"}),
		"scopes nested":           ok.claim("scope", []any{[]string{"a"}}),
		"a scope of two":          ok.claim("scope", []string{"a b"}),
		"an empty scope":          ok.claim("scope", []string{""}),
		"a scope on two lines":    ok.claim("scope", "a\nb"),
		"a scope with quotes":     ok.claim("scope", `a "b"`),
	} {
		bad[what] = f.by(edKey)
	}
	return bad
}

// crooked are tokens whose text is wrong, and times that are no numbers of seconds.
func crooked() map[string]string {
	ok := visa(edKey, start).by(edKey)
	header, claims := text(visa(edKey, start).header), text(visa(edKey, start).claims)
	bad := map[string]string{
		"issuer twice":             claiming(`"iss":"holon"`),
		"same issuer twice":        claiming(`"iss":"` + acmeIss + `"`),
		"subject twice":            claiming(`"sub":"eve"`),
		"expiry twice":             claiming(`"exp":1`),
		"roles twice":              claiming(`"roles":[],"roles":["admin"]`),
		"twice, written otherwise": claiming(`"\u0073ub":"eve"`),
		"issuer in capital too":    claiming(`"Iss":"holon"`),
		"issuer with a long s too": claiming(`"iſs":"holon"`),
		"key id twice":             edKey.sign(`{"kid":"x",`+header[1:], claims),
		"algorithm twice":          edKey.sign(`{"alg":"none",`+header[1:], claims),
		"NUL bytes before":         "\x00" + ok,
		"NUL bytes behind":         ok + "\x00",
		"NUL in the claims":        edKey.sign(header, claims+"\x00"),
		"NUL in the header":        edKey.sign("\x00"+header, claims),
		"byte order mark":          edKey.sign(header, "\ufeff"+claims),
		"claims twice":             edKey.sign(header, claims+claims),
		"claims a list":            edKey.sign(header, "["+claims+"]"),
		"claims empty":             edKey.sign(header, ""),
		"nested without end":       edKey.sign(header, strings.Repeat(`{"a":`, 900)),
		"line break":               ok[:20] + "\n" + ok[20:],
		"blank":                    ok[:20] + " " + ok[20:],
		"padding":                  ok + "=",
		"too large":                visa(edKey, start).claim("x", strings.Repeat("x", 8<<10)).by(edKey),
		"unsigned":                 ok[:strings.LastIndex(ok, ".")+1],
		"no signature":             ok[:strings.LastIndex(ok, ".")],
		"signature of all zeros":   ok[:strings.LastIndex(ok, ".")+1] + encode(strings.Repeat("\x00", 64)),
		"a bit of the signature":   segment(ok, 2, flip),
		"a bit of the claims":      segment(ok, 1, flip),
		"EC signature of zeros":    segment(visa(ecKey(), start).by(ecKey()), 2, func(string) string { return encode(strings.Repeat("\x00", 64)) }),
		"RSA signature of zeros":   segment(visa(rsaKey(), start).by(rsaKey()), 2, func(string) string { return encode(strings.Repeat("\x00", 256)) }),
		"in quotes":                `"` + ok + `"`,
		"with the word Bearer":     "Bearer " + ok,
		"encrypted, by its look":   ok + ".AAAA.AAAA",
		"in JSON":                  `{"payload":"` + encode(claims) + `","protected":"` + encode(header) + `"}`,
	}
	for _, claim := range []string{"exp", "iat", "nbf"} {
		for _, value := range []string{"null", `""`, `"1772370000"`, `"never"`, "true", "[1772370000]", "{}", "1772370000.5", "1772370000.0", "1.7723700e9",
			"-1", "-1772370000", "-0", "1e300", "-1e300", "9223372036854775807", "9223372036854775808", "1772370000000000", "1e999"} {
			bad[claim+" "+value] = timed(claim, value)
		}
	}
	return bad
}

func TestBadTokensOfAnOutsideIssuer(t *testing.T) {
	t.Parallel()
	g := frontier(t, serving(saying(published(allKeys()...))), (&clock{}).now)
	for _, s := range append(allKeys(), rsaKey().as("PS256")) {
		_, err := g.Authenticate(t.Context(), visa(s, start).by(s))
		require.NoError(t, err, "the tokens that all others are made of")
	}
	distinct := map[string]string{visa(edKey, start).by(edKey): "the good one"}
	for _, bad := range []map[string]string{confused(), foreign(), crooked()} {
		for what, token := range bad {
			if before, ok := distinct[token]; ok {
				t.Errorf("%s is the same token as %s", what, before)
			}
			distinct[token] = what
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				for range 2 {
					p, err := g.Authenticate(t.Context(), token)
					e := modulestest.Refused(t, err, status.Unauthenticated, "")
					require.Contains(t, []string{"invalid_token", "token_expired"}, e.Name())
					require.Equal(t, contract.Principal{}, p)
				}
			})
		}
	}
	require.Greater(t, len(distinct), 150)
	t.Logf("%d bad tokens", len(distinct)-1)
}

// What an issuer's list leaves out is refused, although the key is there and would fit.
func TestAlgorithmsAreTheIssuersOwn(t *testing.T) {
	t.Parallel()
	beta := acme()
	beta.Name, beta.Issuer, beta.Algorithms = "beta", "https://beta.example", []string{"RS256", "EdDSA"}
	strict := acme()
	strict.Algorithms = []string{"PS256", "ES256"}
	g := frontier(t, serving(saying(published(allKeys()...))), (&clock{}).now, strict, beta)
	for _, s := range append(allKeys(), rsaKey().as("PS256")) {
		for iss, list := range map[string][]string{acmeIss: strict.Algorithms, beta.Issuer: beta.Algorithms} {
			_, err := g.Authenticate(t.Context(), visa(s, start).claim("iss", iss).by(s))
			if slices.Contains(list, s.alg) {
				require.NoError(t, err, "%s at %s", s.alg, iss)
			} else {
				modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
			}
		}
	}
}

// A key that says its algorithm is for no other, although its kind would fit.
func TestAlgorithmOfAKey(t *testing.T) {
	t.Parallel()
	only := set(rsaKey().jwk(), "alg", "PS256")
	g := frontier(t, serving(saying(jwks(only))), (&clock{}).now)
	_, err := g.Authenticate(t.Context(), visa(rsaKey().as("PS256"), start).by(rsaKey().as("PS256")))
	require.NoError(t, err)
	_, err = g.Authenticate(t.Context(), visa(rsaKey(), start).by(rsaKey()))
	modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
}

func TestExpiredTokenOfAnOutsideIssuer(t *testing.T) {
	t.Parallel()
	c := &clock{}
	g := frontier(t, serving(saying(published(edKey))), c.now)
	token := visa(edKey, start).by(edKey)
	c.pass(time.Hour + 30*time.Second - 1)
	_, err := g.Authenticate(t.Context(), token)
	require.NoError(t, err)
	c.pass(1)
	_, err = g.Authenticate(t.Context(), token)
	e := modulestest.Refused(t, err, status.Unauthenticated, "token_expired")
	require.NotContains(t, e.Details[status.DetailHint], "/sessions", "that is not where it came from")
}
