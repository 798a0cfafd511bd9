package core

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// How long what was said of an API key is believed, from when it was asked: a revocation holds everywhere by then.
const (
	answerLife = 5 * time.Second
	renewAfter = answerLife / 2         // so that a key in use is asked for again before anybody waits
	renewAgain = 250 * time.Millisecond // when that could not be told
)

// refusedKeys is how many refused keys are remembered, to the nearest doubling, apart from good ones: anybody can make
// up as many as they like.
const refusedKeys = 4096

// KeyChecker is what Programs asks of the user module.
type KeyChecker interface {
	CheckAPIKey(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error)
}

// ProgramsParams are what NewPrograms needs.
type ProgramsParams struct {
	Users KeyChecker
	// Remembered is how many good keys are remembered, to the nearest doubling.
	Remembered int
	// Questions is how many keys are asked for at once, at least 2. A quarter of that, at least one, is kept for keys
	// that have been good before.
	Questions int
	Log       *slog.Logger
	Now       func() time.Time
}

// Programs tells whom API keys stand for. It asks the user module and remembers the answer for moments.
//
// Its goroutines ask, between Start and Stop; whoever needs an answer waits for it as long as the own request lasts.
type Programs struct {
	users     KeyChecker
	questions int
	log       *slog.Logger
	now       func() time.Time

	good    *cache[*program]
	refused *cache[refused]

	// known and strange are the lines of questions, of keys that have been good before and of others.
	known, strange chan *question
	// mu guards pending, in which there is no more than one question for a key. Nothing is locked or waited for under it.
	mu      sync.Mutex
	pending map[digest]*question

	cancel context.CancelFunc
	done   chan struct{}
}

// program is a key that was good when it was asked for.
type program struct {
	principal contract.Principal
	expires   time.Time // zero for never
	asked     time.Time
	// renewAt is at which age the next use has it asked for again.
	renewAt atomic.Int64
}

// refused is a key that was not good when it was asked for.
type refused struct {
	err   error
	asked time.Time
}

// NewPrograms returns programs that nobody asks for until Start.
func NewPrograms(p ProgramsParams) *Programs {
	return &Programs{
		users: p.Users, questions: max(p.Questions, 2), log: p.Log, now: p.Now,
		good: newCache[*program](p.Remembered), refused: newCache[refused](refusedKeys),
		known: make(chan *question), strange: make(chan *question), pending: make(map[digest]*question),
		done: make(chan struct{}),
	}
}

// Authenticate answers Unauthenticated "invalid_api_key" or "api_key_expired" for a key that is not good, and
// Unavailable "api_keys_unchecked" while nobody can tell.
func (p *Programs) Authenticate(ctx context.Context, text string) (contract.Principal, error) {
	d := digestOf(text) // as the user module does it, so that what is remembered need not be taken apart
	now := p.now()
	k, known := p.good.get(d)
	if known && now.Sub(k.asked) < answerLife {
		if now.Sub(k.asked) >= time.Duration(k.renewAt.Load()) {
			p.renew(k.principal.Key, d)
		}
		return k.at(now)
	}
	if r, ok := p.refused.get(d); ok && !known && now.Sub(r.asked) < answerLife {
		return contract.Principal{}, r.err
	}
	id, sum, ok := user.ParseAPIKey(text)
	if !ok {
		return contract.Principal{}, errNoKey
	}
	k, err := p.ask(ctx, id, digest(sum), known)
	if err != nil {
		return contract.Principal{}, err
	}
	return k.at(p.now())
}

// at returns the principal at a time: an expiry holds at once, however young the answer is.
func (k *program) at(now time.Time) (contract.Principal, error) {
	if !k.expires.IsZero() && !now.Before(k.expires) {
		return contract.Principal{}, errKeyExpired
	}
	return k.principal, nil
}

// What the user module would say of such keys.
var (
	errNoKey = status.New(status.Unauthenticated, "invalid_api_key", "the API key is not valid").
			With(status.DetailHint, "it was revoked or is not whole; the operator can make another: holon apikey create")
	errKeyExpired = status.New(status.Unauthenticated, "api_key_expired", "the API key has expired").
			With(status.DetailHint, "the operator can make another: holon apikey create")
)

// unchecked is what those get whose key nobody can tell about. It is never Unauthenticated, which has clients throw good
// keys away.
func unchecked(why error) error {
	return status.New(status.Unavailable, "api_keys_unchecked", "API keys cannot be checked: module user does not answer").
		With(status.DetailRetryAfter, "1").Because(why)
}
