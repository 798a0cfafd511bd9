package core_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// hmacSigned is signed with the public key as if it were a shared secret, which a careless verifier would accept.
func hmacSigned() string {
	token := encode(text(good().head("alg", "HS256").header)) + "." + encode(text(good().claims))
	mac := hmac.New(sha256.New, key.public())
	mac.Write([]byte(token))
	return token + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// standard is a token in the base64 of elsewhere, which tells itself apart only in two characters.
func standard() string {
	token := good()
	for !strings.ContainsAny(token.signed(), "-_") {
		token = token.claim("jti", token.claims["jti"].(string)+"1")
	}
	return strings.NewReplacer("-", "+", "_", "/").Replace(token.signed())
}

// malformed are tokens whose text is wrong. They are signed with the good key unless they say otherwise, so that the
// one fault is all that is wrong.
func malformed() map[string]string {
	ok := good().signed()
	return map[string]string{
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
		"standard base64":          standard(),
		"oversized":                good().claim("x", strings.Repeat("x", 8<<10)).signed(),
		"signed by a stranger":     sign(text(good().header), text(good().claims), stranger),
		"stranger by name":         sign(text(good().head("kid", stranger.id).header), text(good().claims), stranger),
		"header of another token":  segment(ok, 0, func(string) string { return encode(text(good().head("typ", "x").header)) }),
		"claims of another token":  segment(ok, 1, func(string) string { return encode(text(good().claim("sub", "eve").claims)) }),
		"signature of another":     segment(ok, 2, func(string) string { return strings.Split(good().claim("sub", "eve").signed(), ".")[2] }),
		"a bit of the signature":   segment(ok, 2, flip),
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
