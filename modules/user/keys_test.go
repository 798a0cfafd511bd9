package user_test

import (
	"crypto/ed25519"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/status"
)

// keysByState asks for the keys, each state's in the order in which they were made.
func keysByState(t *testing.T, n *modulestest.Node) map[string][]user.Key {
	t.Helper()
	set, err := public(n).Keys(t.Context(), user.KeysRequest{})
	require.NoError(t, err)
	by := make(map[string][]user.Key)
	for _, k := range set.Keys {
		require.Len(t, k.Public, ed25519.PublicKeySize)
		by[k.State] = append(by[k.State], k)
	}
	return by
}

func rotate(t *testing.T, n *modulestest.Node) {
	t.Helper()
	_, err := operator(n).RotateKeys(t.Context(), user.RotateKeysRequest{})
	require.NoError(t, err)
}

func TestRotateKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		first := keysByState(t, n)
		require.Len(t, first["current"], 1)
		require.Len(t, first["next"], 1)
		require.Empty(t, first["previous"])
		tokens := []string{login(t, n, "ada@example.com").AccessToken}

		rotate(t, n)
		second := keysByState(t, n)
		require.Equal(t, first["next"][0].ID, second["current"][0].ID, "the next key is the one that signs now")
		require.Equal(t, first["next"][0].Public, second["current"][0].Public)
		require.Equal(t, first["current"][0].ID, second["previous"][0].ID)
		require.NotEqual(t, first["next"][0].ID, second["next"][0].ID)
		tokens = append(tokens, login(t, n, "ada@example.com").AccessToken)

		rotate(t, n)
		third := keysByState(t, n)
		require.Equal(t, []string{first["current"][0].ID, second["current"][0].ID},
			[]string{third["previous"][0].ID, third["previous"][1].ID}, "two rotations keep both")
		require.Equal(t, second["next"][0].ID, third["current"][0].ID)
		tokens = append(tokens, login(t, n, "ada@example.com").AccessToken)

		for i, state := range []user.Key{first["current"][0], second["current"][0], third["current"][0]} {
			require.Equal(t, state.ID, verified(t, n, tokens[i]).Header["kid"], "nobody is logged out")
		}
	})
}

func TestRotateKeysTooEarly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		before := keysByState(t, n)
		_, err := operator(n).RotateKeys(t.Context(), user.RotateKeysRequest{})
		e := modulestest.Refused(t, err, status.Conflict, "next_key_too_young")
		require.Contains(t, e.Details[status.DetailHint], "try again in")
		require.Equal(t, before, keysByState(t, n))
	}, modulestest.Settings("user", func(s *userfx.Settings) { s.KeyLead = time.Hour }))
}

// Each rotation retires the key of the one before. The key that goes on signing must be the last one.
func TestRotateKeysAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { _, _ = operator(n).RotateKeys(t.Context(), user.RotateKeysRequest{}) })
		}
		all.Wait()
		after := keysByState(t, n)
		require.Len(t, after["previous"], 8)
		require.Len(t, after["next"], 1)
		signer := verified(t, n, login(t, n, "ada@example.com").AccessToken).Header["kid"]
		require.Equal(t, after["current"][0].ID, signer)
	})
}

func TestKeysSurviveARestart(t *testing.T) {
	t.Parallel()
	for _, mode := range modulestest.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			dir := modulestest.Dir(t.TempDir())
			n := modulestest.Start(t, mode, []modules.Module{userfx.Module()}, noLead, dir)
			register(t, n, "ada@example.com")
			rotate(t, n)
			before, token := keysByState(t, n), login(t, n, "ada@example.com").AccessToken
			n.Stop()

			n = modulestest.Start(t, mode, []modules.Module{userfx.Module()}, noLead, dir)
			require.Equal(t, before, keysByState(t, n))
			verified(t, n, token)
			again := verified(t, n, login(t, n, "ada@example.com").AccessToken)
			require.Equal(t, before["current"][0].ID, again.Header["kid"])
		})
	}
}
