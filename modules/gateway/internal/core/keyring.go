package core

import (
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"holon/modules/user"
	"holon/transport/status"
)

// unknownEvery is how often, at the most, an unknown key id makes the ring ask again: such ids are free to invent.
const unknownEvery = 30 * time.Second

// askAgain is when a question that failed is asked again: at a node's start the user module is mostly late by
// milliseconds, and until the ring has its keys on disk a crash would leave it without.
const askAgain = 250 * time.Millisecond

// askTimeout bounds one question for the keys.
const askTimeout = 3 * time.Second

// errStopped is what those get who wait for an answer of a ring that asks no more.
var errStopped = errors.New("the keyring has stopped")

// Source is what the ring asks of the user module.
type Source interface {
	Keys(ctx context.Context, r user.KeysRequest) (user.KeySet, error)
}

// Keyring holds the public keys of access tokens. It asks for them at start and from time to time, and keeps the last
// answer on disk, so that tokens are still recognised while the user module is away.
//
// One goroutine asks, between Start and Stop; whoever needs an answer waits for it as long as the own request lasts.
type Keyring struct {
	source Source
	file   keyFile
	every  time.Duration
	log    *slog.Logger
	now    func() time.Time

	keys atomic.Pointer[map[string]ed25519.PublicKey]
	// wake tells the goroutine that somebody waits.
	wake chan struct{}
	// kept says that the file holds the keys; it belongs to the goroutine.
	kept bool

	// mu guards what follows up to the next comment.
	mu sync.Mutex
	// next is the answer that will come next, and asked whether its question was put already.
	next        *answer
	asked       bool
	lastUnknown time.Time

	cancel context.CancelFunc
	done   chan struct{}
}

// answer is what came of a question, for all who wait for it.
type answer struct {
	came chan struct{} // closed when err is settled
	err  error
}

func newAnswer() *answer { return &answer{came: make(chan struct{})} }

// NewKeyring returns a ring that is empty until Start. path is where the keys are kept between starts.
func NewKeyring(s Source, path string, every time.Duration, log *slog.Logger, now func() time.Time) *Keyring {
	return &Keyring{
		source: s, file: keyFile(path), every: every, log: log, now: now,
		wake: make(chan struct{}, 1), next: newAnswer(), done: make(chan struct{}),
	}
}

// Start reads the keys of the last run and begins to ask for new ones in the background. A file that cannot be read
// is as good as none.
func (k *Keyring) Start(ctx context.Context) error {
	if keys, err := k.file.read(); err != nil {
		k.log.Warn("kept keys not read, asking for them anew", "err", err)
	} else if len(keys) > 0 {
		k.keys.Store(&keys)
		k.kept = true
	}
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go k.run(ctx)
	return nil
}

// Stop ends the asking, in the middle of a question too.
func (k *Keyring) Stop() {
	k.cancel()
	<-k.done
}

func (k *Keyring) run(ctx context.Context) {
	defer close(k.done)
	for {
		wait := k.every
		k.begin()
		err := k.refresh(ctx)
		k.settle(err)
		if err != nil && ctx.Err() == nil {
			k.log.Debug("keys not refreshed", "err", err)
			wait = min(wait, askAgain)
		}
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-time.After(wait):
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
		if err := k.ask(ctx); err != nil {
			return nil, status.New(status.Unavailable, "no_keys", "tokens cannot be checked: no keys have reached this gateway yet").
				With(status.DetailRetryAfter, "1").
				With(status.DetailHint, "they come from module user, and stay with the name of the node (--name): start both once together").
				Because(err)
		}
	} else if k.mayAskForUnknown() {
		if err := k.ask(ctx); err != nil {
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

// ask waits for the answer to the question that is under way, or else to a new one: many at once ask once.
func (k *Keyring) ask(ctx context.Context) error {
	k.mu.Lock()
	next := k.next
	if !k.asked {
		k.asked = true
		k.wake <- struct{}{} // has room: it is emptied before asked is taken back
	}
	k.mu.Unlock()
	select {
	case <-next.came:
		return next.err
	case <-k.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// mayAskForUnknown lets one caller in a while ask. A question that is under way anyway may be waited for by all: it
// may well bring the key.
func (k *Keyring) mayAskForUnknown() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked {
		return true
	}
	now := k.now()
	if now.Sub(k.lastUnknown) < unknownEvery {
		return false
	}
	k.lastUnknown = now
	return true
}

// begin makes the question that follows the one that everybody waits for.
func (k *Keyring) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = true
	select {
	case <-k.wake:
	default:
	}
}

// settle hands the answer to those who wait and makes room for the next.
func (k *Keyring) settle(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.next.err = err
	close(k.next.came)
	k.next, k.asked = newAnswer(), false
}

// refresh asks for the keys. An empty answer is refused: it would log everybody out.
func (k *Keyring) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	set, err := k.source.Keys(ctx, user.KeysRequest{})
	if err != nil {
		return err
	}
	keys := make(map[string]ed25519.PublicKey, len(set.Keys))
	for _, key := range set.Keys {
		if len(key.Public) == ed25519.PublicKeySize {
			keys[key.ID] = key.Public
		}
	}
	if len(keys) == 0 {
		return status.New(status.Unavailable, "", "the user module has no keys")
	}
	k.take(keys)
	return nil
}

// take puts new keys into use, then on disk. That they could not be kept is no reason not to use them; keeping them is
// tried again with the next answer.
func (k *Keyring) take(keys map[string]ed25519.PublicKey) {
	if !maps.EqualFunc(keys, k.held(), func(a, b ed25519.PublicKey) bool { return a.Equal(b) }) {
		k.keys.Store(&keys)
		k.kept = false
	}
	if k.kept {
		return
	}
	if err := k.file.write(keys); err != nil {
		k.log.Warn("keys not kept on disk", "err", err)
		return
	}
	k.kept = true
}
