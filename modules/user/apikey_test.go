package user_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestAPIKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "Ada@Example.com")
		_, err := operator(n).Promote(t.Context(), user.PromoteRequest{Email: "ada@example.com"})
		require.NoError(t, err)
		before := time.Now().UTC().Truncate(time.Microsecond)
		scopes := []string{"module:order", "route:list-*"}
		made, err := operator(n).CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{
			Email: "ADA@example.com", Name: "nightly build", Scopes: scopes, TTL: 90 * 24 * time.Hour})
		require.NoError(t, err)
		k := made.APIKey

		t.Run("says what it is", func(t *testing.T) {
			require.Equal(t, user.APIKey{ID: k.ID, Owner: ada.ID, OwnerEmail: "Ada@Example.com", Name: "nightly build",
				Scopes: scopes, CreatedAt: k.CreatedAt, ExpiresAt: k.CreatedAt.Add(90 * 24 * time.Hour)}, k)
			require.WithinRange(t, k.CreatedAt, before, time.Now())
			require.Equal(t, time.UTC, k.CreatedAt.Location())
		})
		t.Run("text has the id and a secret", func(t *testing.T) {
			require.Regexp(t, `^holon_[a-z0-9]{16}_[a-z0-9]{40}$`, string(made.Text))
			id, digest, ok := user.ParseAPIKey(string(made.Text))
			require.True(t, ok)
			require.Equal(t, k.ID, id)
			sum := sha256.Sum256([]byte(made.Text))
			require.Equal(t, sum[:], digest)
		})
		t.Run("stands for its owner, without the owner's roles", func(t *testing.T) {
			got, err := check(t.Context(), n, made.Text)
			require.NoError(t, err)
			require.Equal(t, user.CheckAPIKeyReply{Subject: ada.ID, Scopes: scopes, Key: k.ID, ExpiresAt: k.ExpiresAt}, got)
		})
		t.Run("never expires without a ttl", func(t *testing.T) {
			forever := newKey(t, n, "ada@example.com", "forever", "*")
			require.True(t, forever.APIKey.ExpiresAt.IsZero())
			got, err := check(t.Context(), n, forever.Text)
			require.NoError(t, err)
			require.True(t, got.ExpiresAt.IsZero())
			require.NotEqual(t, made.Text[len("holon_"):], forever.Text[len("holon_"):])
		})
		t.Run("revoked once", func(t *testing.T) {
			got, err := operator(n).RevokeAPIKey(t.Context(), user.RevokeAPIKeyRequest{ID: k.ID})
			require.NoError(t, err)
			require.Equal(t, k, got)
			_, err = check(t.Context(), n, made.Text)
			invalid(t, err)
			_, err = operator(n).RevokeAPIKey(t.Context(), user.RevokeAPIKeyRequest{ID: k.ID})
			e := modulestest.Refused(t, err, status.NotFound, "api_key_not_found")
			require.NotContains(t, e.Error(), k.ID)
			require.Equal(t, []string{"forever"}, keysOf(t, n, ""))
		})
		t.Run("unknown owner", func(t *testing.T) {
			_, err := operator(n).CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{
				Email: "eve@example.com", Name: "ci", Scopes: []string{"*"}})
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
			_, err = operator(n).ListAPIKeys(t.Context(), user.ListAPIKeysRequest{Email: "eve@example.com"})
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
		})
	})
}

// Whoever could tell these apart could find out more than that a key is not good.
func TestOneAnswerForEveryBadAPIKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		good, other := newKey(t, n, "ada@example.com", "good", "*"), newKey(t, n, "ada@example.com", "other", "*")
		id, digest, _ := user.ParseAPIKey(string(good.Text))
		_, another, _ := user.ParseAPIKey(string(other.Text))
		for what, r := range map[string]user.CheckAPIKeyRequest{
			"nothing":             {},
			"unknown id":          {ID: "aaaaaaaaaaaaaaaa", Digest: digest},
			"id in capitals":      {ID: "AAAAAAAAAAAAAAAA", Digest: digest},
			"no digest":           {ID: id},
			"another's digest":    {ID: id, Digest: another},
			"half a digest":       {ID: id, Digest: digest[:16]},
			"more than a digest":  {ID: id, Digest: append(digest[:32:32], 0)},
			"the text for an id":  {ID: string(good.Text), Digest: digest},
			"no text for an id":   {ID: "\xff\x00", Digest: digest},
			"a long id":           {ID: string(make([]byte, 100_000)), Digest: digest},
			"another's id":        {ID: other.APIKey.ID, Digest: digest},
			"a digest of nothing": {ID: id, Digest: make([]byte, 32)},
		} {
			t.Run(what, func(t *testing.T) {
				got, err := public(n).CheckAPIKey(t.Context(), r)
				invalid(t, err)
				require.Zero(t, got)
			})
		}
		_, err := check(t.Context(), n, good.Text)
		require.NoError(t, err)
	})
}

func TestAPIKeysGoWithTheirOwner(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		register(t, n, "eve@example.com")
		hers, eves := newKey(t, n, "ada@example.com", "ci", "*"), newKey(t, n, "eve@example.com", "ci", "*")
		_, err := public(n).Delete(modulestest.As(t, ada.ID), user.DeleteRequest{ID: ada.ID})
		require.NoError(t, err)
		_, err = check(t.Context(), n, hers.Text)
		invalid(t, err)
		_, err = check(t.Context(), n, eves.Text)
		require.NoError(t, err)

		register(t, n, "ada@example.com") // the address is free, and its next owner has none of the keys
		require.Empty(t, keysOf(t, n, "ada@example.com"))
		_, err = check(t.Context(), n, hers.Text)
		invalid(t, err)
	})
}

func TestAPIKeyExpires(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		made, err := operator(n).CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{
			Email: "ada@example.com", Name: "brief", Scopes: []string{"*"}, TTL: time.Second})
		require.NoError(t, err)
		require.Eventually(t, func() bool { _, err = check(t.Context(), n, made.Text); return err != nil }, 5*time.Second, 5*time.Millisecond)
		require.False(t, time.Now().Before(made.APIKey.ExpiresAt))
		e := modulestest.Refused(t, err, status.Unauthenticated, "api_key_expired")
		require.Contains(t, e.Details[status.DetailHint], "holon apikey create")
		require.Empty(t, keysOf(t, n, ""))

		_, err = public(n).CheckAPIKey(t.Context(), user.CheckAPIKeyRequest{ID: made.APIKey.ID, Digest: make([]byte, 32)})
		invalid(t, err) // that it has expired is for who has it
	})
}
