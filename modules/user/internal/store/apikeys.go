package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holon/modules/storage"
	"holon/modules/user/internal/core"
	"holon/modules/user/internal/store/db"
)

func (r rows) APIKey(ctx context.Context, id string) (core.APIKey, error) {
	row, err := r.q.APIKey(ctx, id)
	if err != nil {
		return core.APIKey{}, found(err)
	}
	return apiKey(row)
}

func (r rows) APIKeysAfter(ctx context.Context, owner, name string, now time.Time, limit int) ([]core.APIKey, error) {
	list, err := r.q.APIKeysAfter(ctx, db.APIKeysAfterParams{Owner: owner, Name: name, Now: micros(now), Most: int32(limit)})
	if err != nil {
		return nil, err
	}
	out := make([]core.APIKey, len(list))
	for i, row := range list {
		if out[i], err = apiKey(db.APIKeyRow(row)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r rows) CountAPIKeys(ctx context.Context, owner string) (int, error) {
	n, err := r.q.CountAPIKeys(ctx, owner)
	return int(n), err
}

// InsertAPIKey takes a unique index that has the value already for that of the name: ids are made at random.
func (r rows) InsertAPIKey(ctx context.Context, k core.APIKey) error {
	scopes, err := json.Marshal(k.Scopes)
	if err != nil {
		return fmt.Errorf("write the scopes of an API key: %w", err)
	}
	err = r.q.InsertAPIKey(ctx, db.InsertAPIKeyParams{
		ID: k.ID, Owner: k.Owner, Name: k.Name, Digest: k.Digest, Scopes: string(scopes),
		CreatedAt: micros(k.CreatedAt), ExpiresAt: micros(k.ExpiresAt),
	})
	if storage.IsUnique(err) {
		return core.ErrKeyNameTaken
	}
	return err
}

func (r rows) RemoveAPIKey(ctx context.Context, id string) error { return r.q.RemoveAPIKey(ctx, id) }

func (r rows) RemoveExpiredAPIKeys(ctx context.Context, owner string, now time.Time) error {
	return r.q.RemoveExpiredAPIKeys(ctx, db.RemoveExpiredAPIKeysParams{Owner: owner, Now: micros(now)})
}

func apiKey(row db.APIKeyRow) (core.APIKey, error) {
	k := core.APIKey{
		ID: row.ApiKey.ID, Owner: row.ApiKey.Owner, Name: row.ApiKey.Name, Digest: row.ApiKey.Digest, OwnerEmail: row.Email,
		CreatedAt: fromMicros(row.ApiKey.CreatedAt), ExpiresAt: fromMicros(row.ApiKey.ExpiresAt),
	}
	if err := json.Unmarshal([]byte(row.ApiKey.Scopes), &k.Scopes); err != nil {
		return k, fmt.Errorf("read the scopes of API key %s: %w", k.ID, err)
	}
	return k, nil
}
