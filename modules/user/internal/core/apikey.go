package core

import (
	"context"
	"errors"
	"time"

	"holon/modules/user"
	"holon/transport/status"
)

// APIKey is what the module keeps of a program's key: of its text the SHA-256.
type APIKey struct {
	ID, Owner, Name string
	Digest          []byte
	Scopes          []string
	CreatedAt       time.Time
	// ExpiresAt is zero for never.
	ExpiresAt time.Time
	// OwnerEmail is that of the owner's account. InsertAPIKey does not write it.
	OwnerEmail string
}

// APIKeyRows are the operations on API keys. A key whose owner has no account is none, and a page has only keys that
// expire after now, or never.
type APIKeyRows interface {
	APIKey(ctx context.Context, id string) (APIKey, error)
	// APIKeysAfter are sorted by owner and name.
	APIKeysAfter(ctx context.Context, owner, name string, now time.Time, limit int) ([]APIKey, error)
	CountAPIKeys(ctx context.Context, owner string) (int, error)
	// InsertAPIKey answers ErrKeyNameTaken where the owner has a key of this name.
	InsertAPIKey(ctx context.Context, k APIKey) error
	RemoveAPIKey(ctx context.Context, id string) error
	RemoveExpiredAPIKeys(ctx context.Context, owner string, now time.Time) error
}

func (k APIKey) expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

// public is the key as others see it.
func (k APIKey) public() user.APIKey {
	return user.APIKey{
		ID: k.ID, Owner: k.Owner, OwnerEmail: k.OwnerEmail, Name: k.Name, Scopes: k.Scopes,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt,
	}
}

// RevokeAPIKey ends a key. An id that is none is not repeated in the answer: it may be a text that went astray.
func (c *Core) RevokeAPIKey(ctx context.Context, r user.RevokeAPIKeyRequest) (user.APIKey, error) {
	var k APIKey
	err := c.store.Update(ctx, func(ctx context.Context, rows Rows) (err error) {
		if k, err = rows.APIKey(ctx, r.ID); err != nil {
			return err
		}
		return rows.RemoveAPIKey(ctx, k.ID)
	})
	if errors.Is(err, ErrNotFound) {
		err = status.New(status.NotFound, "api_key_not_found", "there is no such API key").
			With(status.DetailHint, "holon apikey ls shows the ids of all there are")
	}
	if err != nil {
		return user.APIKey{}, err
	}
	return k.public(), nil
}
