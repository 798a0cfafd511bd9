package userfx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/user/userfx"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	defaults := func() *userfx.Settings { return userfx.Module().Settings().(*userfx.Settings) }
	require.NoError(t, defaults().Validate())
	for key, row := range map[string][]func(*userfx.Settings){
		"token_ttl": {
			func(s *userfx.Settings) { s.TokenTTL = time.Minute - 1 },
			func(s *userfx.Settings) { s.TokenTTL = 24*time.Hour + 1 },
		},
		"key_lead": {
			func(s *userfx.Settings) { s.KeyLead = 45*time.Second - 1 },
			func(s *userfx.Settings) { s.KeyLead = 24*time.Hour + 1 },
		},
		"hashes": {
			func(s *userfx.Settings) { s.Hashes = -1 },
			func(s *userfx.Settings) { s.Hashes = 1025 },
		},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			for _, change := range row {
				s := defaults()
				change(s)
				require.ErrorContains(t, s.Validate(), key)
			}
		})
	}
}

// Tokens may live for as long as gateways accept them at most.
func TestSettingsAtTheirEdges(t *testing.T) {
	t.Parallel()
	for _, s := range []userfx.Settings{
		{TokenTTL: time.Minute, KeyLead: 45 * time.Second, Hashes: 0},
		{TokenTTL: 24 * time.Hour, KeyLead: 24 * time.Hour, Hashes: 1024},
	} {
		require.NoError(t, s.Validate())
	}
}
