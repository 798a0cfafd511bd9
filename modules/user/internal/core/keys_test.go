package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

// lead and life are how long a key is published before it signs and how long its tokens are good.
const (
	lead = time.Minute
	life = time.Hour
)

func states(t *testing.T, u *core.Core) []string {
	t.Helper()
	set, err := u.Keys(t.Context(), user.KeysRequest{})
	require.NoError(t, err)
	var out []string
	for _, k := range set.Keys {
		out = append(out, k.State)
	}
	return out
}

// stored are the keys that the store still has.
func stored(t *testing.T, s core.Store) (keys []core.SigningKey) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(ctx context.Context, rows core.Rows) (err error) {
		keys, err = rows.SigningKeys(ctx)
		return err
	}))
	return keys
}

func TestRotationWaitsForTheNextKeyToBeKnown(t *testing.T) {
	t.Parallel()
	c := newClock()
	u := start(t, openStore(t), c, core.Settings{TokenTTL: life, KeyLead: lead})
	c.pass(lead - time.Second)
	_, err := u.RotateKeys(t.Context(), user.RotateKeysRequest{})
	e := modulestest.Refused(t, err, status.Conflict, "next_key_too_young")
	require.Equal(t, "try again in 1s", e.Details[status.DetailHint])
	require.Contains(t, e.Message, "59s ago")
	require.Equal(t, []string{"current", "next"}, states(t, u))

	c.pass(time.Second)
	set, err := u.RotateKeys(t.Context(), user.RotateKeysRequest{})
	require.NoError(t, err)
	require.Len(t, set.Keys, 3)
	require.Equal(t, c.now().UTC().Truncate(time.Microsecond), set.Keys[2].CreatedAt)

	_, err = u.RotateKeys(t.Context(), user.RotateKeysRequest{})
	modulestest.Refused(t, err, status.Conflict, "next_key_too_young")
}

func TestPreviousKeysGoWhenTheirTokensHaveExpired(t *testing.T) {
	t.Parallel()
	c, s := newClock(), openStore(t)
	u := start(t, s, c, core.Settings{TokenTTL: life, KeyLead: lead})
	rotate := func() {
		t.Helper()
		_, err := u.RotateKeys(t.Context(), user.RotateKeysRequest{})
		require.NoError(t, err)
	}
	c.pass(lead)
	rotate()
	c.pass(lead)
	rotate()
	require.Equal(t, []string{"previous", "previous", "current", "next"}, states(t, u), "both are still needed")

	const grace = time.Minute
	c.pass(life + grace - lead)
	require.Len(t, states(t, u), 4, "the last token of the first is not forgotten yet")
	c.pass(time.Millisecond)
	require.Equal(t, []string{"previous", "current", "next"}, states(t, u))
	require.Len(t, stored(t, s), 4, "reading removes nothing")

	rotate()
	require.Equal(t, []string{"previous", "previous", "current", "next"}, states(t, u))
	require.Len(t, stored(t, s), 4, "rotating does")
	c.pass(2 * (life + grace))
	require.Equal(t, []string{"current", "next"}, states(t, u), "those two never expire")
}

func TestStartMakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	c, s := newClock(), openStore(t)
	u, err := core.New(s, announcer{}, core.Settings{TokenTTL: life, Hashes: 1}, c.now)
	require.NoError(t, err)
	require.Empty(t, states(t, u), "nothing is made before the start")

	require.NoError(t, u.Start(t.Context()))
	first := stored(t, s)
	require.Equal(t, []string{"current", "next"}, states(t, u))
	require.NoError(t, u.Start(t.Context()))
	require.Equal(t, first, stored(t, s), "a second start finds all there")

	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		return rows.RemoveSigningKey(ctx, first[1].ID)
	}))
	require.NoError(t, u.Start(t.Context()))
	require.Equal(t, []string{"current", "next"}, states(t, u))
	require.Equal(t, first[0], stored(t, s)[0])
}
