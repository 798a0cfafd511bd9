package contract

import (
	"context"
	"slices"
)

// RoleAdmin is the role that may see and change what belongs to others.
const RoleAdmin = "admin"

// Principal is who a request is made for, as the gateway asserts it. It travels unchanged over every hop; the zero
// value is nobody.
type Principal struct {
	// Subject is the user's id.
	Subject string `json:"subject"`
	// Roles are the user's roles when the token was issued.
	Roles []string `json:"roles,omitempty"`
}

// Admin reports whether the principal has the admin role.
func (p Principal) Admin() bool { return slices.Contains(p.Roles, RoleAdmin) }

// scoped is a context that carries everything of ours at once. It is a type of its own rather than a value in the
// context because every guard of every call looks here: mostly it finds it on top and pays for a type assertion.
type scoped struct {
	context.Context
	principal Principal
	inTx      bool
}

type scopeKey struct{}

// Value finds the scope below other contexts.
func (s *scoped) Value(key any) any {
	if key == (scopeKey{}) {
		return s
	}
	return s.Context.Value(key)
}

// scopeOf returns the scope of ctx, nil for none.
func scopeOf(ctx context.Context) *scoped {
	if s, ok := ctx.(*scoped); ok {
		return s
	}
	s, _ := ctx.Value(scopeKey{}).(*scoped)
	return s
}

// WithPrincipal returns a context in which work is done for p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	return &scoped{Context: ctx, principal: p, inTx: InTransaction(ctx)}
}

// PrincipalOf returns who the work is done for, the zero Principal for nobody.
func PrincipalOf(ctx context.Context) Principal {
	if s := scopeOf(ctx); s != nil {
		return s.principal
	}
	return Principal{}
}

// WithinTransaction marks a context as that of an open transaction. A call made with it is refused: a transaction
// that waits for another module holds everyone who waits for the transaction.
func WithinTransaction(ctx context.Context) context.Context {
	return &scoped{Context: ctx, principal: PrincipalOf(ctx), inTx: true}
}

// InTransaction reports whether ctx belongs to an open transaction.
func InTransaction(ctx context.Context) bool {
	s := scopeOf(ctx)
	return s != nil && s.inTx
}
