package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// Bounds of a token.
const (
	maxToken    = 8 << 10        // bytes
	maxLifetime = 24 * time.Hour // from iat to exp: nobody issues longer ones
	leeway      = 30 * time.Second
)

// Gatekeeper tells who a token speaks for, after RFC 8725: one algorithm, one issuer, one audience, a key that is
// chosen by id among known ones and by nothing else the token says.
type Gatekeeper struct {
	keys   *Keyring
	cache  *cache
	parser *jwt.Parser
	now    func() time.Time
}

// NewGatekeeper returns a gatekeeper that remembers up to about 2×remembered tokens it has checked.
func NewGatekeeper(keys *Keyring, remembered int, now func() time.Time) *Gatekeeper {
	return &Gatekeeper{
		keys: keys, cache: newCache(remembered), now: now,
		parser: jwt.NewParser(
			jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
			jwt.WithIssuer(user.Issuer), jwt.WithAudience(user.Audience),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway),
			jwt.WithTimeFunc(now), jwt.WithStrictDecoding()),
	}
}

// claims are what is read of a token.
type claims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles"`
}

// Authenticate answers Unauthenticated "invalid_token" or "token_expired" for a token that is not good, and
// Unavailable while nothing can be checked.
func (g *Gatekeeper) Authenticate(ctx context.Context, token string) (contract.Principal, error) {
	if len(token) > maxToken {
		return contract.Principal{}, invalid("the token is over %d bytes", maxToken)
	}
	digest := digestOf(token)
	if e, ok := g.cache.get(digest); ok && g.now().Before(e.good) && g.keys.Holds(e.keyID) {
		return e.principal, nil
	}
	e, err := g.check(ctx, token)
	if err != nil {
		return contract.Principal{}, err
	}
	g.cache.put(digest, e)
	return e.principal, nil
}

func (g *Gatekeeper) check(ctx context.Context, token string) (entry, error) {
	if err := wellFormed(token); err != nil {
		return entry{}, refusal(err)
	}
	var c claims
	var keyID string
	_, err := g.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		for _, name := range []string{"crit", "jku", "jwk", "x5u", "x5c"} {
			if _, ok := t.Header[name]; ok {
				return nil, invalid("the token's header names a %s", name)
			}
		}
		var ok bool
		if keyID, ok = t.Header["kid"].(string); !ok || keyID == "" {
			return nil, invalid("the token names no key")
		}
		return g.keys.Key(ctx, keyID)
	})
	if err != nil {
		return entry{}, refusal(err)
	}
	switch {
	case c.Subject == "":
		return entry{}, invalid("the token has no subject")
	case c.IssuedAt == nil:
		return entry{}, invalid("the token does not say when it was issued")
	case c.ExpiresAt.Sub(c.IssuedAt.Time) > maxLifetime:
		return entry{}, invalid("the token is good for longer than %s", maxLifetime)
	}
	return entry{
		principal: contract.Principal{Subject: c.Subject, Roles: c.Roles},
		keyID:     keyID,
		good:      c.ExpiresAt.Add(leeway),
	}, nil
}

// refusal gives the parser's many errors two names: the token is old, or it is not good. What we said ourselves on
// the way stays as it is.
func refusal(err error) error {
	if e, ok := errors.AsType[*status.Error](err); ok {
		return e
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return status.New(status.Unauthenticated, "token_expired", "the token has expired").
			With(status.DetailHint, "get a new one from POST /sessions")
	}
	return invalid("the token is malformed, was changed, or is not for this service")
}

func invalid(format string, args ...any) *status.Error {
	return status.New(status.Unauthenticated, "invalid_token", "%s", fmt.Sprintf(format, args...))
}
