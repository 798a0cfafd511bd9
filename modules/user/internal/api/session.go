package api

import (
	"context"
	"encoding/base64"

	"holon/modules/user"
)

type loginIn struct {
	Body struct {
		Email    string `json:"email" minLength:"1" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" minLength:"1" maxLength:"128" example:"correct horse"`
	}
}

type loginOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         user.Session
}

func (r *routes) login(ctx context.Context, in *loginIn) (*loginOut, error) {
	s, err := r.s.Login(ctx, user.LoginRequest{Email: in.Body.Email, Password: in.Body.Password})
	return &loginOut{CacheControl: "no-store", Body: s}, err
}

// jwk is a public key in the form of RFC 8037.
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

type jwksOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Keys []jwk `json:"keys"`
	}
}

// keys may be cached for as long as a next key is at least published before it signs.
func (r *routes) keys(ctx context.Context, _ *struct{}) (*jwksOut, error) {
	set, err := r.s.Keys(ctx, user.KeysRequest{})
	if err != nil {
		return nil, err
	}
	out := &jwksOut{CacheControl: "public, max-age=30"}
	out.Body.Keys = make([]jwk, len(set.Keys))
	for i, k := range set.Keys {
		out.Body.Keys[i] = jwk{KeyType: "OKP", Curve: "Ed25519", X: base64.RawURLEncoding.EncodeToString(k.Public),
			ID: k.ID, Use: "sig", Algorithm: "EdDSA"}
	}
	return out, nil
}
