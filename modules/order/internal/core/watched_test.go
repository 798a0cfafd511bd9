package core_test

import (
	"context"
	"time"

	"holon/modules/order"
	"holon/modules/order/internal/core"
)

// watchedStore counts transactions and what was done in them.
type watchedStore struct {
	core.Store
	updates, views int
	// removed and saved are how many answers were removed and orders changed by each transaction that did any of it.
	removed, saved []int
	// viewed, if there is one, is called after every View.
	viewed func()
}

func (w *watchedStore) View(ctx context.Context, fn func(context.Context, core.Rows) error) error {
	w.views++
	err := w.Store.View(ctx, fn)
	if w.viewed != nil {
		w.viewed()
	}
	return err
}

func (w *watchedStore) Update(ctx context.Context, fn func(context.Context, core.Rows) error) error {
	w.updates++
	return w.Store.Update(ctx, func(ctx context.Context, rows core.Rows) error {
		watched := &watchedRows{Rows: rows, w: w}
		err := fn(ctx, watched)
		if watched.saved > 0 {
			w.saved = append(w.saved, watched.saved)
		}
		return err
	})
}

type watchedRows struct {
	core.Rows
	w     *watchedStore
	saved int
}

func (r *watchedRows) RemoveAnswers(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := r.Rows.RemoveAnswers(ctx, before, limit)
	r.w.removed = append(r.w.removed, n)
	return n, err
}

func (r *watchedRows) SaveStatus(ctx context.Context, o order.Order) error {
	r.saved++
	return r.Rows.SaveStatus(ctx, o)
}
