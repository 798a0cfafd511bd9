package core

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"holon/transport/status"
)

// unknownEvery is how often, at the most, an unknown key id makes a ring ask again: such ids are free to invent.
const unknownEvery = 30 * time.Second

// errStopped is what those get who wait for an answer of somebody who asks no more.
var errStopped = errors.New("nobody asks any more: the gateway is stopping")

// habits are in what rings differ.
type habits struct {
	ask     func(context.Context) (keyset, error)
	every   time.Duration // from one question to the next; asking sooner is up to jitter
	jitter  bool          // nodes that started together are not to ask together
	timeout time.Duration // of a question
	// again is when a question that failed is asked again.
	again func(failures int) time.Duration
	// eager lets whoever brings a token to an empty ring make it ask, however often.
	eager bool
	// keep is how long an answer is good while no other comes, 0 for ever.
	keep time.Duration
	// loud has failures logged for the operator.
	loud bool
	// empty is what those get whose token cannot be checked.
	empty *status.Error
}

// ring holds the public keys of an issuer. It asks for them at start and from time to time, and keeps the last answer on
// a shelf, so that tokens are still recognised while nobody answers.
//
// One goroutine asks, between Start and Stop; whoever needs an answer waits for it as long as the own request lasts.
type ring struct {
	habits
	shelf shelf
	log   *slog.Logger
	now   func() time.Time

	set atomic.Pointer[keyset]
	// wake tells the goroutine that somebody waits.
	wake chan struct{}
	// kept says that the shelf has the keys, and keptAt as of when; they belong to the goroutine.
	kept   bool
	keptAt time.Time

	// mu guards what follows up to the next comment.
	mu sync.Mutex
	// next is the answer that will come next, and asked whether its question was put already.
	next        *answer
	asked       bool
	lastUnknown time.Time

	cancel context.CancelFunc
	done   chan struct{}
}

// newRing returns a ring that is empty until Start.
func newRing(h habits, s shelf, log *slog.Logger, now func() time.Time) *ring {
	return &ring{
		habits: h, shelf: s, log: log, now: now,
		wake: make(chan struct{}, 1), next: newAnswer(), done: make(chan struct{}),
	}
}

// start reads the keys of the last run and begins to ask for new ones in the background. A shelf that cannot be read is
// as good as an empty one.
func (r *ring) start(ctx context.Context) {
	if s, err := r.shelf.read(); err != nil {
		r.log.Warn("kept keys not read, asking for them anew", "err", err)
	} else if len(s.keys) > 0 {
		r.set.Store(&s)
		r.kept, r.keptAt = true, s.asked
	}
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go r.run(ctx)
}

// stop ends the asking, in the middle of a question too.
func (r *ring) stop() {
	r.cancel()
	<-r.done
}

// key returns the key of an id. Without any keys it answers Unavailable; an id that is unknown even after asking is
// Unauthenticated.
func (r *ring) key(ctx context.Context, id string) (*key, error) {
	held := r.held()
	if k, ok := held[id]; ok {
		return k, nil
	}
	var err error
	if len(held) == 0 && r.eager || r.mayAskForUnknown() {
		err = r.await(ctx)
		held = r.held()
	}
	if k, ok := held[id]; ok {
		return k, nil
	}
	if len(held) == 0 {
		return nil, r.empty.Because(err)
	}
	if err != nil {
		r.log.DebugContext(ctx, "keys not refreshed for an unknown key id", "err", err)
	}
	return nil, status.New(status.Unauthenticated, "invalid_token", "the token is signed by an unknown key")
}

// holds reports whether this very key is good now under the id, without asking.
func (r *ring) holds(id string, k *key, now time.Time) bool {
	s := r.set.Load()
	return s != nil && s.keys[id] == k && !r.tooOld(s, now)
}

// held are the keys that are good now.
func (r *ring) held() map[string]*key {
	s := r.set.Load()
	if s == nil || r.tooOld(s, r.now()) {
		return nil
	}
	return s.keys
}

func (r *ring) tooOld(s *keyset, now time.Time) bool { return r.keep > 0 && now.Sub(s.asked) > r.keep }

// pause is how long the goroutine waits before it asks by itself.
func (r *ring) pause(failures int) time.Duration {
	d := r.every
	if failures > 0 {
		d = min(d, r.again(failures))
	}
	if r.jitter {
		d -= rand.N(d/10 + 1)
	}
	return d
}
