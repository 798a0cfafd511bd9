package core

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"holon/modules/user"
	"holon/transport/status"
)

// CheckAPIKey tells whom a key stands for. Time may tell an unknown id from a known one, and that is no matter: ids are
// public. How much of a digest is right it does not tell, nor does a digest tell anything of the secret.
func (c *Core) CheckAPIKey(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
	var k APIKey
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		k, err = rows.APIKey(ctx, r.ID)
		return err
	})
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return user.CheckAPIKeyReply{}, err
	case err != nil || len(r.Digest) != sha256.Size || subtle.ConstantTimeCompare(k.Digest, r.Digest) != 1:
		return user.CheckAPIKeyReply{}, status.New(status.Unauthenticated, "invalid_api_key", "the API key is not valid").
			With(status.DetailHint, "it was revoked or is not whole; the operator can make another: holon apikey create")
	case k.expired(c.stamp()): // only who has the key gets here
		return user.CheckAPIKeyReply{}, status.New(status.Unauthenticated, "api_key_expired", "the API key has expired").
			With(status.DetailHint, "the operator can make another: holon apikey create")
	}
	return user.CheckAPIKeyReply{Subject: k.Owner, Scopes: k.Scopes, Key: k.ID, ExpiresAt: k.ExpiresAt}, nil
}
