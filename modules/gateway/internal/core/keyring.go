package core

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"holon/modules/user"
	"holon/transport/status"
)

// unknownEvery is how often, at the most, an unknown key id makes the ring ask again: such ids are free to invent.
const unknownEvery = 30 * time.Second

// askTimeout bounds one question for the keys.
const askTimeout = 3 * time.Second

// Source is what the ring asks of the user module.
type Source interface {
	Keys(ctx context.Context, r user.KeysRequest) (user.KeySet, error)
}

// Keyring holds the public keys of access tokens. It asks for them at start and from time to time, and keeps the last
// answer on disk, so that tokens are still recognised while the user module is away.
type Keyring struct {
	source Source
	file   keyFile
	every  time.Duration
	log    *slog.Logger
	now    func() time.Time

	keys   atomic.Pointer[map[string]ed25519.PublicKey]
	flight singleflight.Group

	mu          sync.Mutex
	lastUnknown time.Time

	cancel context.CancelFunc
	done   chan struct{}
}

// NewKeyring returns a ring that is empty until Start. path is where the keys are kept between starts.
func NewKeyring(s Source, path string, every time.Duration, log *slog.Logger, now func() time.Time) *Keyring {
	return &Keyring{source: s, file: keyFile(path), every: every, log: log, now: now, done: make(chan struct{})}
}

// Start reads the keys of the last run and begins to ask for new ones in the background. A file that cannot be read
// is as good as none.
func (k *Keyring) Start(ctx context.Context) error {
	if keys, err := k.file.read(); err != nil {
		k.log.Warn("kept keys not read, asking for them anew", "err", err)
	} else if len(keys) > 0 {
		k.keys.Store(&keys)
	}
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go k.run(ctx)
	return nil
}

// Stop ends the asking.
func (k *Keyring) Stop() {
	k.cancel()
	<-k.done
}

func (k *Keyring) run(ctx context.Context) {
	defer close(k.done)
	tick := time.NewTicker(k.every)
	defer tick.Stop()
	for {
		if err := k.refresh(ctx); err != nil && ctx.Err() == nil {
			k.log.Debug("keys not refreshed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Key returns the public key of an id. Without any keys it asks, and answers Unavailable when nobody can tell;
// an id that is unknown even after asking is Unauthenticated.
func (k *Keyring) Key(ctx context.Context, id string) (ed25519.PublicKey, error) {
	if key, ok := k.held()[id]; ok {
		return key, nil
	}
	if len(k.held()) == 0 {
		if err := k.refresh(ctx); err != nil {
			return nil, status.New(status.Unavailable, "no_keys", "tokens cannot be checked: no keys have reached this gateway yet").
				With(status.DetailRetryAfter, "1").Because(err)
		}
	} else if k.mayAskForUnknown() {
		if err := k.refresh(ctx); err != nil {
			k.log.DebugContext(ctx, "keys not refreshed for an unknown key id", "err", err)
		}
	}
	if key, ok := k.held()[id]; ok {
		return key, nil
	}
	return nil, status.New(status.Unauthenticated, "invalid_token", "the token is signed by an unknown key")
}

// Holds reports whether the key is good now, without asking.
func (k *Keyring) Holds(id string) bool {
	_, ok := k.held()[id]
	return ok
}

func (k *Keyring) held() map[string]ed25519.PublicKey {
	if keys := k.keys.Load(); keys != nil {
		return *keys
	}
	return nil
}

func (k *Keyring) mayAskForUnknown() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Sub(k.lastUnknown) < unknownEvery {
		return false
	}
	k.lastUnknown = now
	return true
}

// refresh asks for the keys; many at once ask once. An empty answer is refused: it would log everybody out.
func (k *Keyring) refresh(ctx context.Context) error {
	_, err, _ := k.flight.Do("", func() (any, error) {
		// Whoever asks first may go away; the others still wait for the answer.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		set, err := k.source.Keys(ctx, user.KeysRequest{})
		if err != nil {
			return nil, err
		}
		keys := make(map[string]ed25519.PublicKey, len(set.Keys))
		for _, key := range set.Keys {
			if len(key.Public) == ed25519.PublicKeySize {
				keys[key.ID] = key.Public
			}
		}
		if len(keys) == 0 {
			return nil, status.New(status.Unavailable, "", "the user module has no keys")
		}
		return nil, k.take(keys)
	})
	return err
}

// take puts new keys into use, then on disk. That they could not be kept is no reason not to use them.
func (k *Keyring) take(keys map[string]ed25519.PublicKey) error {
	if maps.EqualFunc(keys, k.held(), func(a, b ed25519.PublicKey) bool { return a.Equal(b) }) {
		return nil
	}
	k.keys.Store(&keys)
	if err := k.file.write(keys); err != nil {
		k.log.Warn("keys not kept on disk", "err", err)
	}
	return nil
}
