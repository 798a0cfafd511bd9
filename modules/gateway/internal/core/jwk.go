package core

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Bounds of RSA: a short modulus can be factored, a long one makes every token a burden.
const (
	minModulus  = 2048 // bits
	maxModulus  = 8192
	maxExponent = 1<<31 - 1
)

// jwk is a key as RFC 7517 writes it, with the parameters of RFC 7518 and 8037.
type jwk struct {
	Type      string   `json:"kty"`
	ID        string   `json:"kid"`
	Use       string   `json:"use"`
	Ops       []string `json:"key_ops"`
	Algorithm string   `json:"alg"`
	Curve     string   `json:"crv"`
	X         string   `json:"x"`
	Y         string   `json:"y"`
	N         string   `json:"n"`
	E         string   `json:"e"`
	// D is of a private key: one that is published proves nothing any more.
	D json.RawMessage `json:"d"`
}

// parseJWK returns a key that may check signatures, with its id.
func parseJWK(raw []byte) (id string, k *key, err error) {
	var j jwk
	if err := json.Unmarshal(raw, &j); err != nil {
		return "", nil, err
	}
	switch {
	case j.ID == "":
		return "", nil, errors.New("a key has no id: tokens name theirs")
	case j.Use != "" && j.Use != "sig", j.Ops != nil && !slices.Contains(j.Ops, "verify"):
		return "", nil, fmt.Errorf("key %.40q is not for signatures", j.ID)
	case j.D != nil:
		return "", nil, fmt.Errorf("key %.40q is published with its private part", j.ID)
	}
	switch {
	case j.Type == "OKP" && j.Curve == "Ed25519":
		k, err = j.ed25519()
	case j.Type == "EC" && j.Curve == "P-256":
		k, err = j.ecdsa(kindP256, elliptic.P256(), 32)
	case j.Type == "EC" && j.Curve == "P-384":
		k, err = j.ecdsa(kindP384, elliptic.P384(), 48)
	case j.Type == "RSA":
		k, err = j.rsa()
	default: // shared secrets (oct) among others
		err = fmt.Errorf("there is no use for type %.16q with curve %.16q", j.Type, j.Curve)
	}
	if err != nil {
		return "", nil, fmt.Errorf("key %.40q: %w", j.ID, err)
	}
	k.alg = j.Algorithm
	return j.ID, k, nil
}

func (j *jwk) ed25519() (*key, error) {
	x, err := octets(j.X, ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	if err := checkEdwards(x); err != nil {
		return nil, err
	}
	return &key{public: ed25519.PublicKey(x), kind: kindEd25519}, nil
}

func (j *jwk) ecdsa(k kind, curve elliptic.Curve, size int) (*key, error) {
	x, errX := octets(j.X, size)
	y, errY := octets(j.Y, size)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y)) // refuses what is not on the curve
	if err != nil {
		return nil, err
	}
	return &key{public: public, kind: k}, nil
}

func (j *jwk) rsa() (*key, error) {
	n, errN := octets(j.N, 0)
	e, errE := octets(j.E, 0)
	if err := errors.Join(errN, errE); err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	bits := modulus.BitLen()
	switch {
	case bits < minModulus || bits > maxModulus || modulus.Bit(0) == 0:
		return nil, fmt.Errorf("a modulus of %d bits is no good one: %d to %d, odd", bits, minModulus, maxModulus)
	case exponent.Cmp(big.NewInt(3)) < 0 || exponent.Cmp(big.NewInt(maxExponent)) > 0 || exponent.Bit(0) == 0: // 1 signs by itself
		return nil, fmt.Errorf("the exponent must be odd and from 3 to %d", maxExponent)
	}
	return &key{public: &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, kind: kindRSA}, nil
}

// octets decodes a parameter, of a size where one is given.
func octets(text string, size int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	if size > 0 && len(raw) != size {
		return nil, fmt.Errorf("a parameter has %d bytes, not %d", len(raw), size)
	}
	return raw, nil
}
