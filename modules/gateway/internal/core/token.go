package core

import (
	"context"
	"fmt"
	"strings"
	"time"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// maxToken is in bytes.
const maxToken = 8 << 10

// Gatekeeper tells who a token speaks for, after RFC 8725: the token's iss picks who may say so, and with that the
// algorithms, the audience and the keys, among which one is chosen by id and by nothing else the token says. What begins
// as an API key is one.
type Gatekeeper struct {
	authorities map[string]*authority // by iss
	programs    *Programs
	cache       *cache[entry]
	now         func() time.Time
}

// Params are what New needs.
type Params struct {
	// Keys are of holon's own tokens.
	Keys *Keyring
	// Issuers are those outside, nil for none.
	Issuers *Issuers
	// Programs are those that come with API keys, nil where none are taken.
	Programs *Programs
	// Remembered is how many tokens that were checked are remembered, to the nearest doubling.
	Remembered int
	Now        func() time.Time
}

// New returns a gatekeeper. It starts and stops nothing of what it is given.
func New(p Params) *Gatekeeper {
	g := &Gatekeeper{programs: p.Programs, cache: newCache[entry](p.Remembered), now: p.Now,
		authorities: make(map[string]*authority)}
	if p.Issuers != nil {
		for _, o := range p.Issuers.all {
			g.authorities[o.Issuer.Issuer] = o.authority(p.Now)
		}
	}
	g.authorities[user.Issuer] = ownAuthority(p.Keys, p.Now) // last: nobody may stand in its place
	return g
}

// Authenticate answers Unauthenticated "invalid_token" or "token_expired" for a token that is not good,
// "invalid_api_key" or "api_key_expired" for an API key that is not, and Unavailable while nothing can be checked.
func (g *Gatekeeper) Authenticate(ctx context.Context, token string) (contract.Principal, error) {
	if len(token) > maxToken {
		return contract.Principal{}, invalid("the token is over %d bytes", maxToken)
	}
	if strings.HasPrefix(token, user.APIKeyPrefix) && g.programs != nil {
		return g.programs.Authenticate(ctx, token)
	}
	digest := digestOf(token)
	now := g.now()
	if e, ok := g.cache.get(digest); ok && now.Before(e.good) && e.ring.holds(e.keyID, e.key, now) {
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
	iss, err := wellFormed(token)
	if err != nil {
		return entry{}, errMalformed
	}
	a, ok := g.authorities[iss]
	if !ok {
		return entry{}, invalid("the token is of an issuer that is not known here")
	}
	return a.check(ctx, token)
}

// errMalformed says no more about a token that is not good: who made it knows, and nobody else needs to.
var errMalformed = invalid("the token is malformed, was changed, or is not for this service")

func invalid(format string, args ...any) *status.Error {
	return status.New(status.Unauthenticated, "invalid_token", "%s", fmt.Sprintf(format, args...))
}
