package core

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"holon/modules/user"
	"holon/transport/status"
)

// CreateAPIKey makes a key for the account with this address. Keys of the account that have expired make room for it.
func (c *Core) CreateAPIKey(ctx context.Context, r user.CreateAPIKeyRequest) (user.CreateAPIKeyReply, error) {
	for _, err := range []error{checkName(r.Name, user.MaxAPIKeyName), checkScopes(r.Scopes), checkTTL(r.TTL)} {
		if err != nil {
			return user.CreateAPIKeyReply{}, err
		}
	}
	text, err := newAPIKeyText()
	if err != nil {
		return user.CreateAPIKeyReply{}, err
	}
	k := APIKey{Name: r.Name, Scopes: slices.Clone(r.Scopes)}
	k.ID, k.Digest, _ = user.ParseAPIKey(string(text))
	err = c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		a, err := rows.AccountByEmail(ctx, r.Email)
		if err != nil {
			return err
		}
		k.Owner, k.OwnerEmail, k.CreatedAt = a.ID, a.Email, c.stamp()
		if r.TTL > 0 {
			k.ExpiresAt = k.CreatedAt.Add(r.TTL).Truncate(time.Microsecond)
		}
		return addAPIKey(ctx, rows, k)
	})
	switch {
	case errors.Is(err, ErrKeyNameTaken):
		return user.CreateAPIKeyReply{}, status.New(status.Conflict, "api_key_name_taken", "the user has an API key of this name").
			With(status.DetailHint, "use another name, or revoke that one first: holon apikey ls --owner EMAIL")
	case err != nil:
		return user.CreateAPIKeyReply{}, failure(err)
	}
	return user.CreateAPIKeyReply{APIKey: k.public(), Text: text}, nil
}

func addAPIKey(ctx context.Context, rows Rows, k APIKey) error {
	if err := rows.RemoveExpiredAPIKeys(ctx, k.Owner, k.CreatedAt); err != nil {
		return err
	}
	n, err := rows.CountAPIKeys(ctx, k.Owner)
	if err != nil {
		return err
	}
	if n >= user.MaxAPIKeys {
		return status.New(status.Conflict, "too_many_api_keys", "the user has %d API keys, which is the most there may be", n).
			With(status.DetailHint, "revoke those that nobody uses any more: holon apikey ls --owner EMAIL")
	}
	return rows.InsertAPIKey(ctx, k)
}

func checkTTL(ttl time.Duration) error {
	if ttl != 0 && (ttl < user.MinAPIKeyTTL || ttl > user.MaxAPIKeyTTL) {
		return status.New(status.Invalid, "", "ttl must be %s to %d days, or 0 for a key that never expires, not %s",
			user.MinAPIKeyTTL, user.MaxAPIKeyTTL/(24*time.Hour), ttl)
	}
	return nil
}

// letters are those of a key: base32 has five bits a letter, so that 10 and 25 random bytes fill id and secret to the
// last bit.
var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

func newAPIKeyText() (user.APIKeyText, error) {
	raw := make([]byte, letters.DecodedLen(user.APIKeyIDLength)+letters.DecodedLen(user.APIKeySecretLength))
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make an API key: %w", err)
	}
	text := strings.ToLower(letters.EncodeToString(raw))
	return user.APIKeyText(user.APIKeyPrefix + text[:user.APIKeyIDLength] + "_" + text[user.APIKeyIDLength:]), nil
}
