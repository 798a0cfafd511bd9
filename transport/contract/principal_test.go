package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	user := contract.Principal{Subject: "u", Scopes: []string{"openid"}}
	require.True(t, user.Covers("module", "order"), "a user's token is not bound by scopes of ours")
	for _, row := range []struct {
		scope string
		want  bool
	}{
		{"*", true}, {"module:order", true}, {"module:ord*", true}, {"module:*", true},
		{"module:user", false}, {"route:order", false}, {"module:", false}, {"order", false}, {"", false}, {"module:orders", false},
		{"module:order*s", false}, {"**", false}, {"*:order", false},
	} {
		key := contract.Principal{Subject: "u", Key: "k", Scopes: []string{"route:x", row.scope}}
		require.Equal(t, row.want, key.Covers("module", "order"), row.scope)
	}
	require.False(t, contract.Principal{Key: "k"}.Covers("module", "order"))
}
