package contract

import "context"

// scoped is a context that carries everything of ours at once. It is a type of its own rather than a value in the
// context because every guard of every call looks here: mostly it finds it on top and pays for a type assertion.
type scoped struct {
	context.Context
	scope
}

// scope is what a context says of the work done with it.
type scope struct {
	principal Principal
	tx        any
	cause     string
	journal   *Journal
}

// nowhere is the scope of a context without one; nobody writes to it.
var nowhere scope

type scopeKey struct{}

// Value finds the scope below other contexts.
func (s *scoped) Value(key any) any {
	if key == (scopeKey{}) {
		return s
	}
	return s.Context.Value(key)
}

// scopeOf returns the scope of ctx for reading, the zero scope for none.
func scopeOf(ctx context.Context) *scope {
	if s, ok := ctx.(*scoped); ok {
		return &s.scope
	}
	if s, ok := ctx.Value(scopeKey{}).(*scoped); ok {
		return &s.scope
	}
	return &nowhere
}

// Standing returns at one look what the guard of a call asks of its context: whether a transaction is open, whether an
// event is the cause, and the journal, nil for none.
func Standing(ctx context.Context) (inTransaction, caused bool, journal *Journal) {
	s := scopeOf(ctx)
	return s.tx != nil, s.cause != "", s.journal
}

// WithPrincipal returns a context in which work is done for p.
func WithPrincipal(ctx context.Context, p Principal) context.Context {
	s := &scoped{Context: ctx, scope: *scopeOf(ctx)}
	s.principal = p
	return s
}

// PrincipalOf returns who the work is done for, the zero Principal for nobody.
func PrincipalOf(ctx context.Context) Principal { return scopeOf(ctx).principal }

// WithinTransaction marks a context as that of an open transaction. A call made with it is refused: a transaction
// that waits for another module holds everyone who waits for the transaction. tx is how whoever began it knows it
// again; it is not nil.
func WithinTransaction(ctx context.Context, tx any) context.Context {
	s := &scoped{Context: ctx, scope: *scopeOf(ctx)}
	s.tx = tx
	return s
}

// TransactionOf returns what WithinTransaction was given, nil outside a transaction.
func TransactionOf(ctx context.Context) any { return scopeOf(ctx).tx }

// InTransaction reports whether ctx belongs to an open transaction.
func InTransaction(ctx context.Context) bool { return TransactionOf(ctx) != nil }

// WithCause returns a context in which work is done because of the event with this id.
func WithCause(ctx context.Context, event string) context.Context {
	s := &scoped{Context: ctx, scope: *scopeOf(ctx)}
	s.cause = event
	return s
}

// CauseOf returns the id of the event that the work is done because of, "" when it is no event.
func CauseOf(ctx context.Context) string { return scopeOf(ctx).cause }
