package core_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// apiKey is the text of a key, always the same for a number.
func apiKey(n int) string {
	return fmt.Sprintf("holon_%016d_%040d", n, n)
}

// keyID is the id in it.
func keyID(n int) string { return fmt.Sprintf("%016d", n) }

// desk is a user module with keys: it tells, after a while, what was so when the question came.
type desk struct {
	mu      sync.Mutex
	good    map[string]user.CheckAPIKeyReply // by digest
	takes   time.Duration
	failing error
	// asked counts all questions, of counts them by key; most is how many were under way at once, of all and of one key.
	asked, now, most, mostOfOne int
	of, nowOf                   map[string]int
}

func newDesk(numbers ...int) *desk {
	d := &desk{good: map[string]user.CheckAPIKeyReply{}, of: map[string]int{}, nowOf: map[string]int{}}
	for _, n := range numbers {
		d.issue(n, time.Time{})
	}
	return d
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

// issue makes a key good, until it expires.
func (d *desk) issue(n int, expires time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.good[digestOf(apiKey(n))] = user.CheckAPIKeyReply{Subject: fmt.Sprint("user", n), Scopes: []string{"module:order"}, Key: keyID(n), ExpiresAt: expires}
}

func (d *desk) revoke(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.good, digestOf(apiKey(n)))
}

// will sets how long an answer takes, and how all of them fail, nil for not.
func (d *desk) will(takes time.Duration, failing error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.takes, d.failing = takes, failing
}

func (d *desk) questions() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

// about is how many of them were about a key.
func (d *desk) about(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.of[keyID(n)]
}

// atOnce is how many were under way at once, at most, of all and of any one key.
func (d *desk) atOnce() (all, ofOne int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.most, d.mostOfOne
}

func (d *desk) CheckAPIKey(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
	d.mu.Lock()
	k, ok := d.good[string(r.Digest)]
	takes, failing := d.takes, d.failing
	d.asked++
	d.now++
	d.of[r.ID]++
	d.nowOf[r.ID]++
	d.most, d.mostOfOne = max(d.most, d.now), max(d.mostOfOne, d.nowOf[r.ID])
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		d.now--
		d.nowOf[r.ID]--
		d.mu.Unlock()
	}()
	if takes > 0 {
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return user.CheckAPIKeyReply{}, ctx.Err()
		}
	}
	switch {
	case failing != nil:
		return user.CheckAPIKeyReply{}, failing
	case !ok || k.Key != r.ID:
		return user.CheckAPIKeyReply{}, status.New(status.Unauthenticated, "invalid_api_key", "the API key is not valid")
	}
	return k, nil
}

// newPrograms returns programs that ask so many questions at once and run until the test ends.
func newPrograms(t testing.TB, users core.KeyChecker, questions int) *core.Programs {
	t.Helper()
	return runs(t, core.NewPrograms(core.ProgramsParams{Users: users, Remembered: 100, Questions: questions, Log: discard, Now: time.Now}))
}

// use asks for a program and how long that took.
func use(ctx context.Context, p *core.Programs, n int) (time.Duration, error) {
	began := time.Now()
	who, err := p.Authenticate(ctx, apiKey(n))
	if want := programOf(n); err == nil && who.Subject != want.Subject {
		err = fmt.Errorf("%v taken for %v", want, who)
	}
	return time.Since(began), err
}

func programOf(n int) contract.Principal {
	return contract.Principal{Subject: fmt.Sprint("user", n), Scopes: []string{"module:order"}, Key: keyID(n)}
}

func TestKeysOfTheTests(t *testing.T) {
	t.Parallel()
	id, sum, ok := user.ParseAPIKey(apiKey(7))
	require.True(t, ok)
	require.Equal(t, keyID(7), id)
	require.Equal(t, digestOf(apiKey(7)), string(sum))
	require.True(t, strings.HasPrefix(apiKey(7), user.APIKeyPrefix))
}
