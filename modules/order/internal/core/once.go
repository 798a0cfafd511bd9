package core

import (
	"bytes"
	"context"
	"errors"
	"time"

	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// AnswersKept is how long a repeat is answered with the first answer.
const AnswersKept = 24 * time.Hour

// Scope is what a key is unique in: one subject's use of one operation.
type Scope struct {
	Subject, Operation, Key string
}

// Answer is what a request with a key was answered. Only what was committed is kept: a refusal is found anew, since
// the reason for it may have gone.
type Answer struct {
	Scope
	Fingerprint []byte
	Order       order.Order
	GivenAt     time.Time
}

// once is one request's wish not to be done twice.
type once struct {
	contract.Once
	scope Scope
}

func onceOf(p contract.Principal, operation string, o contract.Once) (once, error) {
	if len(o.Key) > contract.MaxOnceKey {
		return once{}, status.New(status.Invalid, "", "the idempotency key is over %d bytes", contract.MaxOnceKey)
	}
	return once{Once: o, scope: Scope{Subject: p.Subject, Operation: operation, Key: o.Key}}, nil
}

// once runs change in a transaction unless the request was done before; then it returns the answer of that time. The
// answer is written in the change's own transaction, so that there is never one without the other, and its key admits
// only one: of two requests at once the store lets one go first, and the other is undone and finds its answer. Most
// keys are new, so nobody looks before; but whatever a request is refused for, it may have been done before, and
// whoever sends it again learns what became of it even when it could not be made today.
func (c *Core) once(ctx context.Context, o once, change func(context.Context, Rows) (order.Order, error)) (order.Result, error) {
	var result order.Result
	refusal := c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		after, err := change(ctx, rows)
		if err != nil {
			return err
		}
		result = order.Result{Order: after}
		if o.Key == "" {
			return nil
		}
		now := c.stamp()
		kept, err := rows.PutAnswer(ctx, Answer{Scope: o.scope, Fingerprint: o.Fingerprint, Order: after, GivenAt: now}, now.Add(-AnswersKept))
		if err == nil && !kept {
			err = errAnswered()
		}
		return err
	})
	if refusal == nil {
		return result, nil
	}
	before, found, err := c.answered(ctx, o)
	switch {
	case err != nil:
		return order.Result{}, err
	case found:
		return order.Result{Order: before, Replayed: true}, nil
	default:
		return order.Result{}, failure(refusal)
	}
}

// errAnswered undoes what was done before. It is seen by nobody, unless the first answer is gone again when it is
// looked for.
func errAnswered() error {
	return status.New(status.Unavailable, "", "another request with this Idempotency-Key is being undone; try again").
		With(status.DetailRetryAfter, "1")
}

// answered looks a key up. The same key with another request is refused.
func (c *Core) answered(ctx context.Context, o once) (before order.Order, found bool, err error) {
	if o.Key == "" {
		return order.Order{}, false, nil
	}
	var a Answer
	err = c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		a, err = rows.Answer(ctx, o.scope)
		return err
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return order.Order{}, false, nil
	case err != nil:
		return order.Order{}, false, err
	case c.stamp().Sub(a.GivenAt) > AnswersKept:
		return order.Order{}, false, nil
	case !bytes.Equal(a.Fingerprint, o.Fingerprint):
		return order.Order{}, false, status.New(status.Invalid, "idempotency_key_reused",
			"this Idempotency-Key came before with another request").
			With(status.DetailHint, "use a new key for a new request")
	}
	return a.Order, true, nil
}

// forgetBatch is how many answers are removed in one transaction: the writer is shared with those who order.
const forgetBatch = 500

// Forget removes answers that are no longer kept.
func (c *Core) Forget(ctx context.Context) error {
	for {
		var removed int
		err := c.store.Update(ctx, func(ctx context.Context, rows Rows) (err error) {
			removed, err = rows.RemoveAnswers(ctx, c.stamp().Add(-AnswersKept), forgetBatch)
			return err
		})
		if err != nil || removed < forgetBatch {
			return err
		}
	}
}
