package storage

import "context"

// Rows are a module's own words for its queries: what its core asks of a store, over what was generated from SQL.
type Rows[Q, R any] struct {
	queries *Queries[Q]
	as      func(Q) R
}

// As puts a module's words over its queries.
func As[Q, R any](q *Queries[Q], as func(Q) R) *Rows[Q, R] { return &Rows[Q, R]{queries: q, as: as} }

// View is Read.
func (r *Rows[Q, R]) View(ctx context.Context, fn func(context.Context, R) error) error {
	return r.queries.Read(ctx, func(ctx context.Context, q Q) error { return fn(ctx, r.as(q)) })
}

// Update is Write.
func (r *Rows[Q, R]) Update(ctx context.Context, fn func(context.Context, R) error) error {
	return r.queries.Write(ctx, func(ctx context.Context, q Q) error { return fn(ctx, r.as(q)) })
}

// Join runs fn in the transaction that ctx belongs to.
func (r *Rows[Q, R]) Join(ctx context.Context, fn func(context.Context, R) error) error {
	q, err := r.queries.Within(ctx)
	if err != nil {
		return err
	}
	return fn(ctx, r.as(q))
}
