package core

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"time"

	"holon/modules/user"
	"holon/transport/status"
)

// askAgain is when the user module is asked again after a failure: at a node's start it is mostly late by milliseconds,
// and until the ring has its keys on disk a crash would leave it without.
const askAgain = 250 * time.Millisecond

// askTimeout bounds one question to the user module.
const askTimeout = 3 * time.Second

// Source is what the keyring asks of the user module.
type Source interface {
	Keys(ctx context.Context, r user.KeysRequest) (user.KeySet, error)
}

// Keyring holds the public keys of holon's own access tokens, which the user module publishes.
type Keyring struct{ ring *ring }

// NewKeyring returns a ring that is empty until Start. path is where the keys are kept between starts.
func NewKeyring(s Source, path string, every time.Duration, log *slog.Logger, now func() time.Time) *Keyring {
	return &Keyring{newRing(habits{
		ask:   func(ctx context.Context) (keyset, error) { return ownKeys(ctx, s) },
		every: every, timeout: askTimeout, eager: true,
		again: func(int) time.Duration { return askAgain },
		empty: status.New(status.Unavailable, "no_keys", "tokens cannot be checked: no keys have reached this gateway yet").
			With(status.DetailRetryAfter, "1").
			With(status.DetailHint, "they come from module user, and stay with the name of the node (--name): start both once together"),
	}, keyFile(path), log, now)}
}

// ownKeys asks for the keys. An empty answer is refused: it would log everybody out.
func ownKeys(ctx context.Context, s Source) (keyset, error) {
	set, err := s.Keys(ctx, user.KeysRequest{})
	if err != nil {
		return keyset{}, err
	}
	keys := make(map[string]*key, len(set.Keys))
	for _, k := range set.Keys {
		if len(k.Public) == ed25519.PublicKeySize {
			keys[k.ID] = ownKey(k.Public)
		}
	}
	if len(keys) == 0 {
		return keyset{}, status.New(status.Unavailable, "", "the user module has no keys")
	}
	return keyset{keys: keys}, nil
}

func ownKey(public ed25519.PublicKey) *key { return &key{public: public, kind: kindEd25519} }

// Start reads the keys of the last run and begins to ask for new ones in the background. A file that cannot be read
// is as good as none.
func (k *Keyring) Start(ctx context.Context) error {
	k.ring.start(ctx)
	return nil
}

// Stop ends the asking, in the middle of a question too.
func (k *Keyring) Stop() { k.ring.stop() }

// Key returns the public key of an id. Without any keys it asks, and answers Unavailable when nobody can tell;
// an id that is unknown even after asking is Unauthenticated.
func (k *Keyring) Key(ctx context.Context, id string) (ed25519.PublicKey, error) {
	found, err := k.ring.key(ctx, id)
	if err != nil {
		return nil, err
	}
	return found.public.(ed25519.PublicKey), nil
}

// Holds reports whether the key is good now, without asking.
func (k *Keyring) Holds(id string) bool {
	_, ok := k.ring.held()[id]
	return ok
}
