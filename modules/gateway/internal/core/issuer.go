package core

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"holon/modules/user"
)

// Bounds of an issuer's settings.
const (
	maxIssuerName = 32 // it is in every subject, and in a file's name
	minLifetime   = time.Minute
	maxLifetimes  = 31 * 24 * time.Hour // what is good for longer is a key, and cannot be taken back
)

// Issuer is somebody outside whose tokens the gateway takes, on these terms.
type Issuer struct {
	// Name stands before the issuer's subjects: "acme|ada" is the subject ada of the issuer acme.
	Name        string        `yaml:"name" help:"its name, which stands before its subjects (NAME|subject); unique and not holon"`
	Issuer      string        `yaml:"issuer" help:"what its tokens say in iss, exactly"`
	Audience    string        `yaml:"audience" help:"what its tokens say in aud when they are for this service"`
	JWKS        string        `yaml:"jwks" help:"https address of its public keys (JWKS)"`
	Algorithms  []string      `yaml:"algorithms" help:"algorithms it signs by: EdDSA, ES256, ES384, RS256, PS256; no other is taken"`
	RolesClaim  string        `yaml:"roles_claim" help:"claim of its tokens that has roles, a text or a list; realm_access.roles is roles in realm_access"`
	Roles       []string      `yaml:"roles" help:"the only roles that are taken over from it; none means no roles"`
	ScopesClaim string        `yaml:"scopes_claim" help:"claim of its tokens that has scopes, a text with blanks between or a list"`
	MaxLifetime time.Duration `yaml:"max_lifetime" help:"how long a token of it may be good for, 1m to 744h"`
}

// Defaults sets what an issuer has that says nothing.
func (i *Issuer) Defaults() {
	i.Algorithms = []string{algEdDSA, algES256}
	i.RolesClaim, i.ScopesClaim = "roles", "scope"
	i.MaxLifetime = 24 * time.Hour
}

var issuerName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// Validate refuses what would not work, each fault with the setting's name in front.
func (i *Issuer) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !issuerName.MatchString(i.Name) || len(i.Name) > maxIssuerName {
		bad("name must be 1 to %d lower-case letters, digits and inner dashes, not %q", maxIssuerName, i.Name)
	} else if i.Name == user.Issuer {
		bad("name must not be %s, which is this system's own", user.Issuer)
	}
	if i.Issuer == "" || i.Issuer == user.Issuer {
		bad("issuer must be what the tokens say in iss, not %q", i.Issuer)
	}
	if i.Audience == "" {
		bad("audience must be what the tokens say in aud: without it tokens for other services would be good here")
	}
	if err := checkAddress(i.JWKS); err != nil {
		bad("jwks %w, not %q", err, i.JWKS)
	}
	if len(i.Algorithms) == 0 {
		bad("algorithms must name at least one of %s", strings.Join(Algorithms(), ", "))
	}
	for _, alg := range i.Algorithms {
		if kindFor(alg) == "" {
			bad("algorithms must be of %s, not %q", strings.Join(Algorithms(), ", "), alg)
		}
	}
	if i.RolesClaim == "" || i.ScopesClaim == "" {
		bad("roles_claim and scopes_claim must be names of claims")
	}
	if slices.Contains(i.Roles, "") {
		bad("roles must be names")
	}
	if i.MaxLifetime < minLifetime || i.MaxLifetime > maxLifetimes {
		bad("max_lifetime must be between %s and %s, not %s", minLifetime, maxLifetimes, i.MaxLifetime)
	}
	return errors.Join(errs...)
}

// Distinct refuses a list in which two issuers could be taken for each other.
func Distinct(list []Issuer) error {
	names, issuers := make(map[string]bool), make(map[string]bool)
	for _, i := range list {
		switch {
		case names[i.Name]:
			return fmt.Errorf("two issuers have the name %q", i.Name)
		case issuers[i.Issuer]:
			return fmt.Errorf("two issuers have the issuer %q: a token could not tell them apart", i.Issuer)
		}
		names[i.Name], issuers[i.Issuer] = true, true
	}
	return nil
}

// checkAddress holds that nobody on the way can change the keys.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "":
		return errors.New("must be an https address")
	case u.User != nil || u.Fragment != "":
		return errors.New("must be an address without a user or a fragment")
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return nil
	}
	return errors.New("must be an https address; http is only for this machine (127.0.0.1, [::1], localhost)")
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
