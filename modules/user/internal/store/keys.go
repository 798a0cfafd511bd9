package store

import (
	"context"
	"crypto/ed25519"

	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

func (r rows) SigningKeys(ctx context.Context) ([]core.SigningKey, error) {
	list, err := r.q.SigningKeys(ctx)
	out := make([]core.SigningKey, len(list))
	for i, row := range list {
		out[i] = core.SigningKey{
			ID: row.ID, State: row.State, Private: ed25519.PrivateKey(row.PrivateKey),
			CreatedAt: fromMicros(row.CreatedAt), RetiredAt: fromMicros(row.RetiredAt),
		}
	}
	return out, err
}

func (r rows) PutSigningKey(ctx context.Context, k core.SigningKey) error {
	return r.q.PutSigningKey(ctx, db.PutSigningKeyParams{
		ID: k.ID, State: k.State, PrivateKey: k.Private, CreatedAt: micros(k.CreatedAt), RetiredAt: micros(k.RetiredAt),
	})
}

func (r rows) RemoveSigningKey(ctx context.Context, id string) error {
	return r.q.RemoveSigningKey(ctx, id)
}
