package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
)

// brokenStore fails to keep answers, or to commit.
type brokenStore struct {
	core.Store
	answers, commit error
}

func (b *brokenStore) Update(ctx context.Context, fn func(context.Context, core.Rows) error) error {
	return b.Store.Update(ctx, func(ctx context.Context, rows core.Rows) error {
		if err := fn(ctx, brokenRows{rows, b.answers}); err != nil {
			return err
		}
		return b.commit
	})
}

type brokenRows struct {
	core.Rows
	answers error
}

func (b brokenRows) PutAnswer(ctx context.Context, a core.Answer) error {
	if b.answers != nil {
		return b.answers
	}
	return b.Rows.PutAnswer(ctx, a)
}

// There is never an order without its answer, nor an answer without its order.
func TestOrderAndAnswerAreOne(t *testing.T) {
	t.Parallel()
	fault := errors.New("disk on fire")
	for what, broken := range map[string]*brokenStore{"answer not written": {answers: fault}, "commit failed": {commit: fault}} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := openStore(t)
			broken.Store = s
			_, err := core.New(broken, everybody{}, newClock().now).Place(ada(t), pen("k"))
			require.ErrorIs(t, err, fault)

			o := core.New(s, everybody{}, newClock().now)
			page, err := o.List(ada(t), order.ListRequest{})
			require.NoError(t, err)
			require.Empty(t, page.Items)
			r, err := o.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.False(t, r.Replayed)
		})
	}
}

// asked notes whether it was called from within a transaction.
type asked struct{ inside []bool }

func (a *asked) Exists(ctx context.Context, _ user.ExistsRequest) (user.ExistsReply, error) {
	a.inside = append(a.inside, contract.InTransaction(ctx))
	return user.ExistsReply{Exists: true}, nil
}

func TestUserIsAskedBeforeTheTransaction(t *testing.T) {
	t.Parallel()
	a := &asked{}
	o := core.New(openStore(t), a, newClock().now)
	_, err := o.Place(ada(t), order.PlaceRequest{})
	require.Error(t, err)
	require.Empty(t, a.inside, "an order that breaks a rule is nobody else's business")
	_, err = o.Place(ada(t), pen(""))
	require.NoError(t, err)
	require.Equal(t, []bool{false}, a.inside)
}
