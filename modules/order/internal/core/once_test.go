package core_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
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

func (b brokenRows) PutAnswer(ctx context.Context, a core.Answer, expired time.Time) (bool, error) {
	if b.answers != nil {
		return false, b.answers
	}
	return b.Rows.PutAnswer(ctx, a, expired)
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
			_, err := core.New(broken, everybody{}, &notebook{}, newClock().now).Place(ada(t), pen("k"))
			require.ErrorIs(t, err, fault)

			o := core.New(s, everybody{}, &notebook{}, newClock().now)
			page, err := o.List(ada(t), order.ListRequest{})
			require.NoError(t, err)
			require.Empty(t, page.Items)
			r, err := o.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.False(t, r.Replayed)
		})
	}
}
