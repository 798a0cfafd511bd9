package core_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

// between is a ring on the bubble's time that holds key and has just asked, so that nothing is due for a while.
func between(t *testing.T, s *source) *core.Keyring {
	t.Helper()
	k := started(t, core.NewKeyring(s, t.TempDir()+"/keys.json", 24*time.Hour, discard, time.Now))
	synctest.Wait()
	return k
}

func TestUnknownKeyAsksOnceInAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := answering(with(key))
		k := between(t, s)
		lookUp := func(questions int32) {
			t.Helper()
			for range 10 {
				_, err := k.Key(t.Context(), "invented")
				modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
			}
			require.Equal(t, questions, s.asked.Load())
		}
		lookUp(2)
		pass(30*time.Second - 1)
		lookUp(2)
		pass(1)
		lookUp(3)
		s.willAnswer(away)
		pass(30 * time.Second)
		lookUp(4)
		require.True(t, k.Holds(key.id))
	})
}

func TestUnknownKeyMayBeNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := newPair("key-2")
		s := answering(with(key))
		k := between(t, s)
		s.willAnswer(with(key, next))
		got, err := k.Key(t.Context(), next.id)
		require.NoError(t, err)
		require.Equal(t, next.public(), got)
	})
}

// Of many who bring a new key at once only one may ask. The others must not be told that it is unknown while the
// answer is on its way: their clients would throw good tokens away.
func TestUnknownKeyIsWaitedForByAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := newPair("key-2")
		s := answering(with(key))
		k := between(t, s)
		come := make(chan struct{})
		s.willAnswer(func(context.Context) (user.KeySet, error) { <-come; return setOf(key, next), nil })
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := k.Key(t.Context(), next.id); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		require.EqualValues(t, 2, s.asked.Load())
		_, err := k.Key(t.Context(), key.id)
		require.NoError(t, err, "a key that is known waits for nobody")
		close(come)
		all.Wait()
	})
}
