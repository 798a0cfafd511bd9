package core

import "crypto"

// The algorithms that tokens of outside issuers may be signed by. None of them has a shared secret.
const (
	algEdDSA = "EdDSA"
	algES256 = "ES256"
	algES384 = "ES384"
	algRS256 = "RS256"
	algPS256 = "PS256"
)

// Algorithms returns all that an issuer's list may name.
func Algorithms() []string { return []string{algEdDSA, algES256, algES384, algRS256, algPS256} }

// kind is what a key is: a curve, or RSA.
type kind string

const (
	kindEd25519 kind = "Ed25519"
	kindP256    kind = "P-256"
	kindP384    kind = "P-384"
	kindRSA     kind = "RSA"
)

// kindFor returns the one kind of key an algorithm is for, "" for an algorithm that is none of ours.
func kindFor(alg string) kind {
	switch alg {
	case algEdDSA:
		return kindEd25519
	case algES256:
		return kindP256
	case algES384:
		return kindP384
	case algRS256, algPS256:
		return kindRSA
	}
	return ""
}

// key is a public key. It is never changed, and a ring gives out the same one for as long as its issuer publishes it.
type key struct {
	public crypto.PublicKey
	kind   kind
	// alg is the one algorithm the key is for, "" for any of its kind.
	alg string
}

// fits reports whether a token of this algorithm may be checked by the key. The algorithm is the token's own word, so
// nothing but this may choose how a key is used (RFC 8725, 3.1).
func (k *key) fits(alg string) bool {
	return kindFor(alg) == k.kind && (k.alg == "" || k.alg == alg)
}

// equal reports whether both are the same key for the same use.
func (k *key) equal(other *key) bool {
	same, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.kind == other.kind && k.alg == other.alg && same.Equal(other.public)
}
