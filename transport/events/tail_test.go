package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
)

// keysOf names events by their keys.
func keysOf(list []events.Event) (keys []string) {
	for _, e := range list {
		keys = append(keys, e.Key)
	}
	return keys
}

// TestTail follows two logs, of which one is empty at first.
func TestTail(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "b", Version: 1})
		list, cursor, err := office.Tail(t.Context(), "", 10, time.Minute)
		require.NoError(t, err)
		require.Equal(t, []string{"b"}, keysOf(list), "the latest of each log, with its payload")
		require.JSONEq(t, `{"key": "b", "version": 1}`, string(list[0].Data))
		require.Equal(t, "shop="+list[0].ID+",till=0", cursor)

		h.both(t, 5)
		var keys []string
		for range 3 {
			list, cursor, err = office.Tail(t.Context(), cursor, 1, time.Minute)
			require.NoError(t, err)
			keys = append(keys, keysOf(list)...)
		}
		require.Equal(t, []string{"key-00", "key-01", "key-02", "key-03", "key-04"}, keys)
		list, next, err := office.Tail(t.Context(), cursor, 10, 0)
		require.NoError(t, err)
		require.Empty(t, list)
		require.Equal(t, cursor, next)
	})
}

// TestTailWaits until something is committed, in any of the logs, or the time is over.
func TestTailWaits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		began := time.Now()
		list, cursor, err := office.Tail(t.Context(), "", 10, time.Minute)
		require.NoError(t, err)
		require.Empty(t, list)
		require.Equal(t, "shop=0,till=0", cursor)
		require.Equal(t, time.Minute, time.Since(began))

		for _, announce := range []func(){
			func() { h.sell(t, sale{Key: "a", Version: 1}) },
			func() {
				require.NoError(t, h.till.Update(t.Context(), func(ctx context.Context) error { return h.post(ctx, sale{Key: "b", Version: 1}) }))
			},
		} {
			began = time.Now()
			time.AfterFunc(time.Second, announce)
			list, cursor, err = office.Tail(t.Context(), cursor, 10, time.Minute)
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, time.Second, time.Since(began))
		}
	})
}

// TestTailOfATopicWithoutSubscribers: whoever follows the log sees it all the same.
func TestTailOfATopicWithoutSubscribers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.subscribers = nil
		h.build(t)
		office := events.NewOffice([]*events.Outbox{h.box}, nil)
		time.AfterFunc(time.Second, func() { h.sell(t, sale{Key: "a", Version: 1}) })
		list, _, err := office.Tail(t.Context(), "shop=0", 10, time.Minute)
		require.NoError(t, err)
		require.Equal(t, []string{"a"}, keysOf(list))
	})
}

// TestTailDuringAReplay: nothing new is in the log, so who waits goes on waiting.
func TestTailDuringAReplay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, office := newOffice(t)
		h.sell(t, sale{Key: "a", Version: 1})
		_, cursor, err := office.Tail(t.Context(), "", 10, 0)
		require.NoError(t, err)
		time.AfterFunc(time.Second, func() {
			_, _, err := office.Replay(t.Context(), events.Filter{Subscriber: ledger.Name})
			require.NoError(t, err)
		})
		began := time.Now()
		list, _, err := office.Tail(t.Context(), cursor, 10, time.Minute)
		require.NoError(t, err)
		require.Empty(t, list)
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestTailThatIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		_, office := newOffice(t)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		list, cursor, err := office.Tail(ctx, "", 10, time.Minute)
		require.NoError(t, err)
		require.Empty(t, list)
		require.Equal(t, "shop=0,till=0", cursor)
		require.Equal(t, time.Second, time.Since(began))
		_, _, err = office.Tail(ctx, cursor, 10, time.Minute)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestCursorsThatAreNone(t *testing.T) {
	t.Parallel()
	_, office := newOffice(t)
	for _, cursor := range []string{"shop", "shop=", "=0", "shop=0,", ",", "shop=0,till"} {
		_, _, err := office.Tail(t.Context(), cursor, 10, 0)
		requireInvalid(t, `not a cursor of this list: "`+cursor+`"`, err)
	}
}

// TestCursorOfAnotherPlacement names a module that is elsewhere now, and lacks one that is here. What was there stays
// for the way back.
func TestCursorOfAnotherPlacement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 1})
	office := events.NewOffice([]*events.Outbox{h.box}, []contract.Subscriber{ledger})
	list, cursor, err := office.Tail(t.Context(), "elsewhere=7", 10, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, keysOf(list))
	require.Equal(t, "elsewhere=7,shop="+list[0].ID, cursor)
}
