package core_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/status"
)

// tokenOf is a good token of somebody.
func tokenOf(subject string) string { return good().claim("sub", subject).signed() }

func TestCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	const size = 50
	c := &clock{}
	ring, _ := newRing(t, answering(with(key)), c.now)
	g := core.NewGatekeeper(started(t, ring), size, c.now)
	for i := range 500 {
		for _, subject := range []string{"regular", fmt.Sprint("guest", i)} {
			p, err := g.Authenticate(t.Context(), tokenOf(subject))
			require.NoError(t, err)
			require.Equal(t, subject, p.Subject)
		}
		require.LessOrEqual(t, g.Remembered(), 2*size)
	}
	require.True(t, g.Remembers(tokenOf("regular")))
	require.False(t, g.Remembers(tokenOf("guest0")))
	require.GreaterOrEqual(t, g.Remembered(), size)
}

func TestCacheForgetsNothingThatMatters(t *testing.T) {
	t.Parallel()
	t.Run("refused tokens are not remembered", func(t *testing.T) {
		t.Parallel()
		g, _ := newGatekeeper(t)
		for _, token := range badTokens() {
			_, err := g.Authenticate(t.Context(), token)
			require.Error(t, err)
		}
		require.Zero(t, g.Remembered())
	})
	t.Run("a token expires out of it", func(t *testing.T) {
		t.Parallel()
		g, c := newGatekeeper(t)
		token := good().signed()
		for _, wait := range []time.Duration{0, time.Hour, 30*time.Second - 1} {
			c.pass(wait)
			_, err := g.Authenticate(t.Context(), token)
			require.NoError(t, err)
		}
		require.True(t, g.Remembers(token))
		c.pass(1)
		_, err := g.Authenticate(t.Context(), token)
		modulestest.Refused(t, err, status.Unauthenticated, "token_expired")
	})
}

func TestCacheFollowsTheKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := answering(with(key))
		ring, _ := newRing(t, s, time.Now)
		g := core.NewGatekeeper(started(t, ring), 100, func() time.Time { return start })
		token := good().signed()
		authenticate := func() error { _, err := g.Authenticate(t.Context(), token); return err }
		require.NoError(t, authenticate())

		s.willAnswer(with(stranger))
		pass(every + time.Second)
		require.True(t, g.Remembers(token))
		modulestest.Refused(t, authenticate(), status.Unauthenticated, "invalid_token")

		s.willAnswer(with(stranger, key))
		pass(every + time.Second)
		require.NoError(t, authenticate(), "a key that was gone by mistake is good again")
	})
}

// A small cache, many tokens and a key that comes and goes: whatever the order, nobody is taken for another.
func TestCacheUsedAtOnce(t *testing.T) {
	t.Parallel()
	c, s := &clock{}, answering(with(key))
	ring := started(t, core.NewKeyring(s, t.TempDir()+"/keys.json", time.Millisecond, discard, time.Now))
	g := core.NewGatekeeper(ring, 5, c.now)
	tokens := make(map[string]string)
	for i := range 40 {
		subject := fmt.Sprint("user", i)
		tokens[subject] = tokenOf(subject)
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for range 20 {
				for subject, token := range tokens {
					p, err := g.Authenticate(t.Context(), token)
					if err != nil && status.CodeOf(err) != status.Unauthenticated {
						t.Errorf("refused with %v", err)
					}
					if err == nil && p.Subject != subject || err != nil && p.Subject != "" {
						t.Errorf("%s taken for %q", subject, p.Subject)
					}
				}
				if worker == 0 {
					s.willAnswer([]answer{with(key, stranger), with(stranger)}[c.now().Minute()%2])
					c.pass(time.Minute)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, g.Remembered(), 10)
}

// What is known of a token does not depend on whether the user module is there.
func TestNoKeysIsNobodysFault(t *testing.T) {
	t.Parallel()
	ring, _ := newRing(t, answering(away), time.Now)
	g := core.NewGatekeeper(started(t, ring), 5, (&clock{}).now)
	for what, token := range map[string]forge{
		"good": good(), "expired": good().lasting(-2*time.Hour, -time.Hour), "of an unknown key": good().head("kid", "x"),
	} {
		t.Run(what, func(t *testing.T) {
			p, err := g.Authenticate(t.Context(), token.signed())
			e := modulestest.Refused(t, err, status.Unavailable, "no_keys")
			require.NotEmpty(t, e.Details[status.DetailRetryAfter])
			require.Equal(t, contract.Principal{}, p)
		})
	}
}
