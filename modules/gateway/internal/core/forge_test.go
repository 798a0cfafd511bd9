package core_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"time"

	"holon/modules/user"
)

type object = map[string]any

// forge writes tokens by hand, because a library for it refuses most of what is tried here.
type forge struct{ header, claims object }

// good is a token that is good for an hour from the clocks' start.
func good() forge {
	return forge{
		header: object{"alg": "EdDSA", "typ": "JWT", "kid": key.id},
		claims: object{
			"iss": user.Issuer, "aud": []string{user.Audience}, "sub": "ada", "jti": "1",
			"iat": start.Unix(), "exp": start.Add(time.Hour).Unix(),
		},
	}
}

// head and claim return the token with a name set, or taken out by nil.
func (f forge) head(name string, value any) forge { return forge{set(f.header, name, value), f.claims} }

func (f forge) claim(name string, value any) forge {
	return forge{f.header, set(f.claims, name, value)}
}

// lasting sets both times, relative to the clocks' start.
func (f forge) lasting(from, to time.Duration) forge {
	return f.claim("iat", start.Add(from).Unix()).claim("exp", start.Add(to).Unix())
}

func set(o object, name string, value any) object {
	o = maps.Clone(o)
	if o[name] = value; value == nil {
		delete(o, name)
	}
	return o
}

// key signs what the tests' rings know; stranger signs what they do not.
var key, stranger = newPair("key-1"), newPair("stranger")

// signed returns the token with the good key's signature.
func (f forge) signed() string { return sign(text(f.header), text(f.claims), key) }

func text(o object) string {
	raw, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// sign signs any two texts as header and claims.
func sign(header, claims string, by pair) string {
	signed := encode(header) + "." + encode(claims)
	return signed + "." + encode(string(ed25519.Sign(by.private, []byte(signed))))
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// segment replaces a part of a token.
func segment(token string, i int, change func(string) string) string {
	parts := strings.Split(token, ".")
	parts[i] = change(parts[i])
	return strings.Join(parts, ".")
}
