package core

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// leeway is how far clocks may be apart.
const leeway = 30 * time.Second

// authority is somebody who may say who a token speaks for, with what is insisted on: their own algorithms, their own
// keys, one audience.
type authority struct {
	ring   *ring
	parser *jwt.Parser
	now    func() time.Time
	// renew is the hint for who has an expired token.
	renew string
	// types are what a token's header may name as its type, in lower case; nil means anything.
	types []string
	// takeOver makes a principal of claims that are good so far, or says what they lack.
	takeOver func(c *claims, now time.Time) (contract.Principal, error)
}

func newParser(iss, audience string, algorithms []string, now func() time.Time) *jwt.Parser {
	return jwt.NewParser(jwt.WithValidMethods(algorithms), jwt.WithIssuer(iss), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(now), jwt.WithStrictDecoding())
}

// check tells who a well-formed token speaks for.
func (a *authority) check(ctx context.Context, token string) (entry, error) {
	var c claims
	e := entry{ring: a.ring}
	_, err := a.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if err := a.checkHeader(t.Header); err != nil {
			return nil, err
		}
		var ok bool
		if e.keyID, ok = t.Header["kid"].(string); !ok || e.keyID == "" {
			return nil, invalid("the token names no key")
		}
		var err error
		if e.key, err = a.ring.key(ctx, e.keyID); err != nil {
			return nil, err
		}
		if !e.key.fits(t.Method.Alg()) {
			return nil, invalid("the token's key is not for its algorithm")
		}
		return e.key.public, nil
	})
	if err != nil {
		return entry{}, a.refusal(err)
	}
	if e.principal, err = a.takeOver(&c, a.now()); err != nil {
		return entry{}, err
	}
	e.good = c.ExpiresAt.Add(leeway)
	return e, nil
}

func (a *authority) checkHeader(header map[string]any) error {
	for _, name := range []string{"crit", "jku", "jwk", "x5u", "x5c"} {
		if _, ok := header[name]; ok {
			return invalid("the token's header names a %s", name)
		}
	}
	if typ, ok := header["typ"]; ok && a.types != nil {
		if text, _ := typ.(string); !slices.Contains(a.types, strings.ToLower(text)) {
			return invalid("the token is of a type that signs nobody in")
		}
	}
	return nil
}

// refusal gives the parser's many errors two names: the token is old, or it is not good. What we said ourselves on
// the way stays as it is.
func (a *authority) refusal(err error) error {
	if e, ok := errors.AsType[*status.Error](err); ok {
		return e
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return status.New(status.Unauthenticated, "token_expired", "the token has expired").With(status.DetailHint, a.renew)
	}
	return errMalformed
}

// ownAuthority is the user module.
func ownAuthority(k *Keyring, now func() time.Time) *authority {
	return &authority{
		ring: k.ring, now: now, renew: "get a new one from POST /sessions", takeOver: takeOverOwn,
		parser: newParser(user.Issuer, user.Audience, []string{algEdDSA}, now),
	}
}

// ownLifetime is from iat to exp: the user module issues no longer ones.
const ownLifetime = 24 * time.Hour

func takeOverOwn(c *claims, _ time.Time) (contract.Principal, error) {
	roles, err := c.list("roles")
	switch {
	case c.Subject == "":
		return contract.Principal{}, invalid("the token has no subject")
	case c.IssuedAt == nil:
		return contract.Principal{}, invalid("the token does not say when it was issued")
	case c.ExpiresAt.Sub(c.IssuedAt.Time) > ownLifetime:
		return contract.Principal{}, invalid("the token is good for longer than %s", ownLifetime)
	case err != nil || len(roles) > 0 && c.all["roles"][0] != '[':
		return contract.Principal{}, invalid("the token's roles are no list of names")
	}
	return contract.Principal{Subject: c.Subject, Roles: roles}, nil
}
