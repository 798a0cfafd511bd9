package contract

import (
	"slices"
	"strings"
)

// RoleAdmin is the role that may see and change what belongs to others.
const RoleAdmin = "admin"

// Principal is who a request is made for, as the gateway asserts it. It travels unchanged over every hop; the zero
// value is nobody.
type Principal struct {
	// Subject is the user's id. A user of an outside issuer is "<issuer's name>|<subject there>", which no id of ours is.
	Subject string `json:"subject"`
	// Roles are the user's roles when the token was issued.
	Roles []string `json:"roles,omitempty"`
	// Scopes are what the token or the API key was issued for. A token without any may do what its user may.
	Scopes []string `json:"scopes,omitempty"`
	// Key is the id of the API key by which a program asks, "" for a user who signed in.
	Key string `json:"key,omitempty"`
}

// Admin reports whether the principal has the admin role.
func (p Principal) Admin() bool { return slices.Contains(p.Roles, RoleAdmin) }

// ScopeAll is the scope of an API key that is for everything its user may do.
const ScopeAll = "*"

// Holds reports whether the principal is an API key with a scope of a kind, whatever its name.
func (p Principal) Holds(kind string) bool {
	return p.Key != "" && slices.ContainsFunc(p.Scopes, func(scope string) bool { return strings.HasPrefix(scope, kind+":") })
}

// Covers reports whether the principal was issued for something: for everything where it is no API key, else for what the
// key's scopes say. A scope is "<kind>:<name>", such as "module:order", and its name may end in * for all that begin so.
func (p Principal) Covers(kind, name string) bool {
	if p.Key == "" {
		return true
	}
	return slices.ContainsFunc(p.Scopes, func(scope string) bool {
		of, pattern, _ := strings.Cut(scope, ":")
		if scope == ScopeAll || of != kind {
			return scope == ScopeAll
		}
		prefix, open := strings.CutSuffix(pattern, "*")
		return pattern == name || open && strings.HasPrefix(name, prefix)
	})
}
