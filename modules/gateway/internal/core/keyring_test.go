package core_test

import (
	"context"
	"errors"
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

var errAway = status.New(status.Unavailable, "module_unavailable", "no node serves module user now")

func away(context.Context) (user.KeySet, error) { return user.KeySet{}, errAway }

// never answers before its caller gives up.
func never(ctx context.Context) (user.KeySet, error) {
	<-ctx.Done()
	return user.KeySet{}, ctx.Err()
}

func TestKeyringAsksFromTimeToTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := newPair("key-2")
		s := answering(with(key))
		k, _ := newRing(t, s, time.Now)
		started(t, k)
		synctest.Wait()
		require.EqualValues(t, 1, s.asked.Load())
		require.True(t, k.Holds(key.id))
		require.False(t, k.Holds(next.id))

		s.willAnswer(with(next))
		pass(every)
		synctest.Wait()
		require.EqualValues(t, 2, s.asked.Load())
		require.True(t, k.Holds(next.id))
		require.False(t, k.Holds(key.id), "what is not published any more is not good any more")
	})
}

func TestKeyringKeepsItsKeysWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]answer{
		"away":  away,
		"never": never,
		"empty": func(context.Context) (user.KeySet, error) { return user.KeySet{}, nil },
		"no keys of ours": func(context.Context) (user.KeySet, error) {
			return user.KeySet{Keys: []user.Key{{ID: "rsa", Public: make([]byte, 256)}, {ID: "none"}}}, nil
		},
		"half a failure": func(context.Context) (user.KeySet, error) { return setOf(stranger), errors.New("broken off") },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := answering(with(key))
				k, _ := newRing(t, s, time.Now)
				started(t, k)
				synctest.Wait()
				s.willAnswer(answer)
				pass(time.Hour)
				require.Greater(t, s.asked.Load(), int32(200), "and goes on asking")
				got, err := k.Key(t.Context(), key.id)
				require.NoError(t, err)
				require.Equal(t, key.public(), got)
			})
		})
	}
}

func TestKeyringWithoutKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := answering(away)
		k, _ := newRing(t, s, time.Now)
		started(t, k)
		synctest.Wait()
		before := s.asked.Load()
		_, err := k.Key(t.Context(), key.id)
		e := modulestest.Refused(t, err, status.Unavailable, "no_keys")
		require.Equal(t, "1", e.Details[status.DetailRetryAfter])
		require.Greater(t, s.asked.Load(), before, "a token in hand is worth a question")

		s.willAnswer(with(key))
		_, err = k.Key(t.Context(), key.id)
		require.NoError(t, err)
		_, err = k.Key(t.Context(), "unknown")
		modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
	})
}

func TestKeyringIsPatientNoLongerThanItsCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, _ := newRing(t, answering(never), time.Now)
		started(t, k)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := k.Key(ctx, key.id)
		modulestest.Refused(t, err, status.Unavailable, "no_keys")
		require.Equal(t, 50*time.Millisecond, time.Since(began))

		began = time.Now()
		_, err = k.Key(t.Context(), key.id)
		modulestest.Refused(t, err, status.Unavailable, "no_keys")
		require.LessOrEqual(t, time.Since(began), 3*time.Second, "and no question lasts for ever")
	})
}

func TestManyLookupsAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := answering(away)
		k, _ := newRing(t, s, time.Now)
		started(t, k)
		synctest.Wait()
		before := s.asked.Load()

		come := make(chan struct{})
		s.willAnswer(func(context.Context) (user.KeySet, error) { <-come; return setOf(key), nil })
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if _, err := k.Key(t.Context(), key.id); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		require.Equal(t, before+1, s.asked.Load())
		close(come)
		all.Wait()
		synctest.Wait()
		require.Equal(t, before+1, s.asked.Load(), "nor once more for those who waited")
	})
}

func TestStopEndsEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := answering(never)
		k, _ := newRing(t, s, time.Now)
		ctx, startEnds := context.WithCancel(t.Context())
		require.NoError(t, k.Start(ctx))
		startEnds()
		synctest.Wait()
		waiting := make(chan error)
		go func() { _, err := k.Key(t.Context(), key.id); waiting <- err }()
		synctest.Wait()

		began := time.Now()
		k.Stop()
		require.Zero(t, time.Since(began), "in the middle of a question")
		modulestest.Refused(t, <-waiting, status.Unavailable, "no_keys")
		asked := s.asked.Load()
		_, err := k.Key(t.Context(), key.id)
		modulestest.Refused(t, err, status.Unavailable, "no_keys")
		k.Stop()
		pass(time.Hour)
		require.Equal(t, asked, s.asked.Load())
	})
}

var _ core.Source = (*source)(nil)
