package core_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/gateway/internal/core"
	"holon/modules/user"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when the tests' clocks begin.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// clock is a time that only the test moves.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time { return start.Add(time.Duration(c.passed.Load())) }

func (c *clock) pass(d time.Duration) { c.passed.Add(int64(d)) }

// pass lets time pass in a synctest bubble, where that takes none.
func pass(d time.Duration) { <-time.After(d) }

// source is a user module with its one method; it counts how often it was asked.
type source struct {
	asked  atomic.Int32
	answer atomic.Pointer[answer]
}

// answer is what a source does when it is asked.
type answer func(context.Context) (user.KeySet, error)

func answering(a answer) *source {
	s := &source{}
	s.willAnswer(a)
	return s
}

// willAnswer changes the source's mind.
func (s *source) willAnswer(a answer) { s.answer.Store(&a) }

func (s *source) Keys(ctx context.Context, _ user.KeysRequest) (user.KeySet, error) {
	s.asked.Add(1)
	return (*s.answer.Load())(ctx)
}

// with answers at once with these keys.
func with(pairs ...pair) answer {
	return func(context.Context) (user.KeySet, error) { return setOf(pairs...), nil }
}

// pair is a signing key with its id.
type pair struct {
	id      string
	private ed25519.PrivateKey
}

// newPair makes the key of a name, always the same.
func newPair(id string) pair {
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, id)
	return pair{id, ed25519.NewKeyFromSeed(seed)}
}

func (p pair) public() ed25519.PublicKey { return p.private.Public().(ed25519.PublicKey) }

func setOf(pairs ...pair) user.KeySet {
	var set user.KeySet
	for _, p := range pairs {
		set.Keys = append(set.Keys, user.Key{ID: p.id, Public: p.public()})
	}
	return set
}

// every is how often the tests' rings ask by themselves.
const every = 15 * time.Second

// newRing returns a ring that is not started, and the path of its file.
func newRing(t *testing.T, s core.Source, now func() time.Time) (*core.Keyring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	return core.NewKeyring(s, path, every, slog.New(slog.DiscardHandler), now), path
}

// started runs a ring until the test ends.
func started(t *testing.T, k *core.Keyring) *core.Keyring {
	t.Helper()
	require.NoError(t, k.Start(t.Context()))
	t.Cleanup(k.Stop)
	return k
}
