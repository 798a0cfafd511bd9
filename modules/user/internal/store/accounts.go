package store

import (
	"context"

	"holon/modules/storage"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

func (r rows) Account(ctx context.Context, id string) (core.Account, error) {
	row, err := r.q.Account(ctx, id)
	return account(row), found(err)
}

func (r rows) AccountByEmail(ctx context.Context, email string) (core.Account, error) {
	row, err := r.q.AccountByEmail(ctx, core.EmailKey(email))
	return account(row), found(err)
}

func (r rows) AccountsAfter(ctx context.Context, id string, limit int) ([]core.Account, error) {
	list, err := r.q.AccountsAfter(ctx, db.AccountsAfterParams{ID: id, Limit: int32(limit)})
	out := make([]core.Account, len(list))
	for i, row := range list {
		out[i] = account(row)
	}
	return out, err
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

func (r rows) Remove(ctx context.Context, id string) error { return r.q.RemoveAccount(ctx, id) }

// taken gives the unique index its name in core. Ids are made at random, so it can only be the address.
func taken(err error) error {
	if storage.IsUnique(err) {
		return core.ErrEmailTaken
	}
	return err
}

func account(row db.Account) core.Account {
	return core.Account{
		ID: row.ID, Name: row.Name, Email: row.Email, PasswordHash: row.PasswordHash, Admin: row.Admin,
		Version: row.Version, CreatedAt: fromMicros(row.CreatedAt), UpdatedAt: fromMicros(row.UpdatedAt),
	}
}

var _ core.Rows = rows{}
