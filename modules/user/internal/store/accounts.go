package store

import (
	"context"

	"holon/modules/storage"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

func (r rows) Account(ctx context.Context, id string) (core.Account, error) {
	row, err := r.q.Account(ctx, id)
	if err != nil {
		return core.Account{}, found(err)
	}
	return account(row)
}

func (r rows) AccountByEmail(ctx context.Context, email string) (core.Account, error) {
	row, err := r.q.AccountByEmail(ctx, core.EmailKey(email))
	if err != nil {
		return core.Account{}, found(err)
	}
	return account(row)
}

func (r rows) AccountsAfter(ctx context.Context, id string, limit int) ([]core.Account, error) {
	list, err := r.q.AccountsAfter(ctx, db.AccountsAfterParams{ID: id, Limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	out := make([]core.Account, len(list))
	for i, row := range list {
		if out[i], err = account(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r rows) Insert(ctx context.Context, a core.Account) error {
	return taken(r.q.InsertAccount(ctx, db.InsertAccountParams{
		ID: a.ID, Name: a.Name, Email: a.Email, EmailKey: core.EmailKey(a.Email), PasswordHash: a.PasswordHash,
		Admin: a.Admin, Version: a.Version, CreatedAt: micros(a.CreatedAt), UpdatedAt: micros(a.UpdatedAt),
	}))
}

func (r rows) Save(ctx context.Context, a core.Account) error {
	return taken(r.q.SaveAccount(ctx, db.SaveAccountParams{
		ID: a.ID, Name: a.Name, Email: a.Email, EmailKey: core.EmailKey(a.Email), PasswordHash: a.PasswordHash,
		Admin: a.Admin, Version: a.Version, UpdatedAt: micros(a.UpdatedAt),
	}))
}

func (r rows) Remove(ctx context.Context, id string) error {
	if err := r.q.RemoveUserOrders(ctx, id); err != nil {
		return err
	}
	if err := r.q.RemoveAPIKeysOf(ctx, id); err != nil {
		return err
	}
	return r.q.RemoveAccount(ctx, id)
}

// taken gives the unique index its name in core. Ids are made at random, so it can only be the address.
func taken(err error) error {
	if storage.IsUnique(err) {
		return core.ErrEmailTaken
	}
	return err
}

func account(row db.Account) (core.Account, error) {
	orders, err := decodeSums(row.OrderSums)
	return core.Account{
		ID: row.ID, Name: row.Name, Email: row.Email, PasswordHash: row.PasswordHash, Admin: row.Admin,
		Version: row.Version, CreatedAt: fromMicros(row.CreatedAt), UpdatedAt: fromMicros(row.UpdatedAt), Orders: orders,
	}, err
}

var _ core.Rows = rows{}
