package core

import (
	"slices"
	"strings"
	"time"

	"holon/transport/contract"
)

// maxSubject bounds a subject of an outside issuer, as OpenID Connect does.
const maxSubject = 255

// outsideTypes are those of access tokens (RFC 9068) and of tokens that say no more than that they are JWTs. The same
// keys sign other things, such as the news that somebody has signed out, and those sign nobody in (RFC 8725, 3.11).
var outsideTypes = []string{"jwt", "at+jwt", "application/at+jwt"}

// authority is the issuer as the gatekeeper sees it.
func (o *outside) authority(now func() time.Time) *authority {
	return &authority{
		ring: o.ring, now: now, renew: "get a new one from where it came", types: outsideTypes, takeOver: o.takeOver,
		parser: newParser(o.Issuer.Issuer, o.Audience, o.Algorithms, now),
	}
}

// takeOver takes over no more than what the operator has said.
func (o *outside) takeOver(c *claims, now time.Time) (contract.Principal, error) {
	if !isSubject(c.Subject) {
		return contract.Principal{}, invalid("the token has no subject that can be taken over: 1 to %d printable ASCII characters, no |", maxSubject)
	}
	if o.lifetime(c, now) > o.MaxLifetime {
		return contract.Principal{}, invalid("the token is good for longer than %s", o.MaxLifetime)
	}
	p := contract.Principal{Subject: o.Name + "|" + c.Subject}
	var err error
	if p.Scopes, err = c.scopes(o.ScopesClaim); err != nil {
		return contract.Principal{}, invalid("the token's claim %s is no list of scopes", o.ScopesClaim)
	}
	if len(o.Roles) == 0 {
		return p, nil
	}
	roles, err := c.list(o.RolesClaim)
	if err != nil {
		return contract.Principal{}, invalid("the token's claim %s is no list of roles", o.RolesClaim)
	}
	for _, role := range o.Roles {
		if slices.Contains(roles, role) {
			p.Roles = append(p.Roles, role)
		}
	}
	return p, nil
}

// lifetime is how long the token was made for, or, where it does not say when that was, how long it is good from now on.
func (o *outside) lifetime(c *claims, now time.Time) time.Duration {
	if c.IssuedAt != nil {
		return c.ExpiresAt.Sub(c.IssuedAt.Time)
	}
	return c.ExpiresAt.Sub(now) - leeway
}

// isSubject reports whether a text can be a subject everywhere: in logs and in headers. It may contain | (Auth0's do): what
// stands before the first one is the issuer's name, which has none.
func isSubject(sub string) bool {
	return sub != "" && len(sub) <= maxSubject && printable(sub) && sub == strings.TrimSpace(sub)
}
