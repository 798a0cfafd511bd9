package core_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

// keyed is a core over a store whose accounts have the ids given.
func keyed(t testing.TB, c *clock, ids ...string) (core.Store, *core.Core) {
	t.Helper()
	s := openStore(t)
	u, err := core.New(s, announcer{}, core.Settings{Hashes: 1}, c.now)
	require.NoError(t, err)
	enter(t, s, ids...)
	return s, u
}

func makeKey(ctx context.Context, u *core.Core, owner, name string, ttl time.Duration) (user.CreateAPIKeyReply, error) {
	return u.CreateAPIKey(ctx, user.CreateAPIKeyRequest{
		Email: owner + "@example.com", Name: name, Scopes: []string{"*"}, TTL: ttl})
}

func checkKey(ctx context.Context, u *core.Core, text user.APIKeyText) (user.CheckAPIKeyReply, error) {
	id, digest, _ := user.ParseAPIKey(string(text))
	return u.CheckAPIKey(ctx, user.CheckAPIKeyRequest{ID: id, Digest: digest})
}

func TestAPIKeyFollowsTheClock(t *testing.T) {
	t.Parallel()
	c := newClock()
	_, u := keyed(t, c, "ada")
	made, err := makeKey(t.Context(), u, "ada", "ci", time.Hour+999)
	require.NoError(t, err)
	require.Equal(t, c.now().UTC().Truncate(time.Microsecond).Add(time.Hour), made.APIKey.ExpiresAt, "whole microseconds")
	c.pass(time.Hour - time.Microsecond)
	_, err = checkKey(t.Context(), u, made.Text)
	require.NoError(t, err)
	c.pass(time.Microsecond)
	_, err = checkKey(t.Context(), u, made.Text)
	modulestest.Refused(t, err, status.Unauthenticated, "api_key_expired")
	_, err = u.RevokeAPIKey(t.Context(), user.RevokeAPIKeyRequest{ID: made.APIKey.ID})
	require.NoError(t, err, "what has expired can be revoked")
	_, err = checkKey(t.Context(), u, made.Text)
	modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
}

func TestExpiredAPIKeysMakeRoom(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, u := keyed(t, c, "ada", "eve")
	for i := range user.MaxAPIKeys {
		_, err := makeKey(t.Context(), u, "ada", fmt.Sprint("key", i), time.Hour)
		require.NoError(t, err)
	}
	_, err := makeKey(t.Context(), u, "eve", "key0", time.Hour)
	require.NoError(t, err)
	_, err = makeKey(t.Context(), u, "ada", "another", 0)
	modulestest.Refused(t, err, status.Conflict, "too_many_api_keys")
	c.pass(time.Hour)
	_, err = makeKey(t.Context(), u, "ada", "key0", 0)
	require.NoError(t, err, "neither the number nor the name counts any more")
	require.Equal(t, map[string]int{"ada": 1, "eve": 1}, countKeys(t, s, "ada", "eve"), "whose turn it is not keeps hers")
}

// The release before this one removes accounts and leaves their keys.
func TestAPIKeyWithoutAnOwner(t *testing.T) {
	t.Parallel()
	s, u := keyed(t, newClock())
	digest := make([]byte, 32)
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		return rows.InsertAPIKey(ctx, core.APIKey{ID: "orphan", Owner: "ada", Name: "ci", Digest: digest, Scopes: []string{"*"}})
	}))
	_, err := u.CheckAPIKey(t.Context(), user.CheckAPIKeyRequest{ID: "orphan", Digest: digest})
	modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
	page, err := u.ListAPIKeys(t.Context(), user.ListAPIKeysRequest{})
	require.NoError(t, err)
	require.Empty(t, page.Items)
}

// A row that was damaged must not match by being short: nothing equals nothing.
func TestAPIKeyWithoutADigest(t *testing.T) {
	t.Parallel()
	s, u := keyed(t, newClock(), "ada")
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		return rows.InsertAPIKey(ctx, core.APIKey{ID: "damaged", Owner: "ada", Name: "ci", Digest: []byte{}, Scopes: []string{"*"}})
	}))
	for _, digest := range [][]byte{nil, {}, make([]byte, 32)} {
		_, err := u.CheckAPIKey(t.Context(), user.CheckAPIKeyRequest{ID: "damaged", Digest: digest})
		modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
	}
}

func TestDeleteLeavesNoAPIKeys(t *testing.T) {
	t.Parallel()
	s, u := keyed(t, newClock(), "ada", "eve")
	for _, owner := range []string{"ada", "eve"} {
		_, err := makeKey(t.Context(), u, owner, "ci", 0)
		require.NoError(t, err)
	}
	_, err := u.Delete(self(t, "ada"), user.DeleteRequest{ID: "ada"})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"ada": 0, "eve": 1}, countKeys(t, s, "ada", "eve"))
}

// countKeys are the rows that the store has of each owner.
func countKeys(t *testing.T, s core.Store, owners ...string) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	require.NoError(t, s.View(t.Context(), func(ctx context.Context, rows core.Rows) (err error) {
		for _, owner := range owners {
			if counts[owner], err = rows.CountAPIKeys(ctx, owner); err != nil {
				return err
			}
		}
		return nil
	}))
	return counts
}
