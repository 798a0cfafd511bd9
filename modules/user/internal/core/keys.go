package core

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/google/uuid"

	"holon/modules/user"
	"holon/transport/status"
)

// The states of a signing key, in the order it passes through them. A next key is published before it signs, so that
// whoever checks tokens knows it by then; a previous one stays until the last token it signed has expired.
const (
	KeyNext     = "next"
	KeyCurrent  = "current"
	KeyPrevious = "previous"
)

// keyGrace is how much longer than its last token a previous key is kept, for clocks that disagree.
const keyGrace = time.Minute

// SigningKey is an Ed25519 key pair. RetiredAt is zero until it is a previous one.
type SigningKey struct {
	ID, State string
	Private   ed25519.PrivateKey
	CreatedAt time.Time
	RetiredAt time.Time
}

// Start makes the first keys of a new store and loads the current one.
func (c *Core) Start(ctx context.Context) error {
	var keys []SigningKey
	err := c.store.Update(ctx, func(ctx context.Context, rows Rows) (err error) {
		if keys, err = rows.SigningKeys(ctx); err != nil {
			return err
		}
		for _, state := range []string{KeyCurrent, KeyNext} {
			if find(keys, state) != nil {
				continue
			}
			k, err := c.newKey(state)
			if err != nil {
				return err
			}
			if err := rows.PutSigningKey(ctx, k); err != nil {
				return err
			}
			keys = append(keys, k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.signer.Store(find(keys, KeyCurrent))
	return nil
}

// Keys returns the public keys.
func (c *Core) Keys(ctx context.Context, _ user.KeysRequest) (user.KeySet, error) {
	var keys []SigningKey
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		keys, err = rows.SigningKeys(ctx)
		return err
	})
	if err != nil {
		return user.KeySet{}, err
	}
	return c.publicKeys(keys), nil
}

// RotateKeys lets the next key sign. Of two at once the later one must also be the later to sign: the key of the
// other is a previous one by then, and its tokens would stop being good while it goes on signing.
func (c *Core) RotateKeys(ctx context.Context, _ user.RotateKeysRequest) (user.KeySet, error) {
	c.rotating.Lock()
	defer c.rotating.Unlock()
	fresh, err := c.newKey(KeyNext)
	if err != nil {
		return user.KeySet{}, err
	}
	var after []SigningKey
	err = c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		keys, err := rows.SigningKeys(ctx)
		if err != nil {
			return err
		}
		if after, err = c.rotate(keys, fresh); err != nil {
			return err
		}
		kept := make(map[string]bool, len(after))
		for _, k := range after {
			kept[k.ID] = true
			if err := rows.PutSigningKey(ctx, k); err != nil {
				return err
			}
		}
		for _, k := range keys {
			if !kept[k.ID] {
				if err := rows.RemoveSigningKey(ctx, k.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return user.KeySet{}, err
	}
	c.signer.Store(find(after, KeyCurrent))
	return c.publicKeys(after), nil
}

// rotate returns the keys as they are after a rotation.
func (c *Core) rotate(keys []SigningKey, fresh SigningKey) ([]SigningKey, error) {
	now := c.stamp()
	var after []SigningKey
	for _, k := range keys {
		switch k.State {
		case KeyNext:
			if wait := c.settings.KeyLead - now.Sub(k.CreatedAt); wait > 0 {
				return nil, status.New(status.Conflict, "next_key_too_young",
					"the next key was published %s ago and gateways are given %s to learn it",
					now.Sub(k.CreatedAt).Round(time.Second), c.settings.KeyLead).
					With(status.DetailHint, fmt.Sprintf("try again in %s", wait.Round(time.Second)))
			}
			k.State = KeyCurrent
		case KeyCurrent:
			k.State, k.RetiredAt = KeyPrevious, now
		case KeyPrevious:
			if now.After(k.RetiredAt.Add(c.settings.TokenTTL + keyGrace)) {
				continue
			}
		}
		after = append(after, k)
	}
	return append(after, fresh), nil
}

func (c *Core) newKey(state string) (SigningKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return SigningKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return SigningKey{}, fmt.Errorf("make a key id: %w", err)
	}
	return SigningKey{ID: id.String(), State: state, Private: private, CreatedAt: c.stamp()}, nil
}

// publicKeys leaves out what has expired since the last rotation.
func (c *Core) publicKeys(keys []SigningKey) user.KeySet {
	set := user.KeySet{Keys: []user.Key{}}
	now := c.stamp()
	for _, k := range keys {
		if k.State == KeyPrevious && now.After(k.RetiredAt.Add(c.settings.TokenTTL+keyGrace)) {
			continue
		}
		public, _ := k.Private.Public().(ed25519.PublicKey)
		set.Keys = append(set.Keys, user.Key{ID: k.ID, State: k.State, Public: public, CreatedAt: k.CreatedAt})
	}
	return set
}

func find(keys []SigningKey, state string) *SigningKey {
	for i := range keys {
		if keys[i].State == state {
			return &keys[i]
		}
	}
	return nil
}
