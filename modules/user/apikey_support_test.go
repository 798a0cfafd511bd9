package user_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

// newKey makes a key of an account.
func newKey(t *testing.T, n *modulestest.Node, email, name string, scopes ...string) user.CreateAPIKeyReply {
	t.Helper()
	made, err := operator(n).CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{Email: email, Name: name, Scopes: scopes})
	require.NoError(t, err)
	return made
}

// check asks what a gateway asks that was given this text.
func check(ctx context.Context, n *modulestest.Node, text user.APIKeyText) (user.CheckAPIKeyReply, error) {
	id, digest, _ := user.ParseAPIKey(string(text))
	return public(n).CheckAPIKey(ctx, user.CheckAPIKeyRequest{ID: id, Digest: digest})
}

// invalid requires the one answer for every key that is not good.
func invalid(t *testing.T, err error) {
	t.Helper()
	e := modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
	require.Equal(t, "the API key is not valid", e.Message)
	require.Len(t, e.Details, 1)
}

// keysOf lists the names of an account's keys, of all without an address.
func keysOf(t *testing.T, n *modulestest.Node, email string) []string {
	t.Helper()
	page, err := operator(n).ListAPIKeys(t.Context(), user.ListAPIKeysRequest{Email: email, Limit: 200})
	require.NoError(t, err)
	require.Empty(t, page.NextCursor)
	names := []string{}
	for _, k := range page.Items {
		names = append(names, k.Name)
	}
	return names
}
