package balance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/balance"
)

func TestStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSet(t, at("a"), drainingAt("b"))
		fail(t, s, "a", 4)
		busy := s.PickAt("b")
		require.Nil(t, s.PickAt("c"))
		states := s.States()
		require.Len(t, states, 2)
		require.Equal(t, 4, states[0].Failures)
		require.Zero(t, states[0].Until)
		require.Zero(t, states[0].InFlight)
		require.True(t, states[1].Instance.Draining)
		require.Equal(t, 1, states[1].InFlight)
		busy.Done(balance.Worked)

		fail(t, s, "a", 1)
		states = s.States()
		require.Equal(t, time.Now().Add(time.Second), states[0].Until)
		require.Zero(t, states[1].InFlight)
		e := s.PickAt("a")
		require.NotNil(t, e, "who is named is asked, ejected or not")
		e.Done(balance.Unknown)
		require.Equal(t, states, s.States(), "and what comes of it changes nothing")
	})
}
