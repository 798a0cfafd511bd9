package gatewayfx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
	"holon/modules/gateway/gatewayfx"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	defaults := func() *gatewayfx.Settings { return gatewayfx.Module().Settings().(*gatewayfx.Settings) }
	require.NoError(t, defaults().Validate())
	for key, tooLittleTooMuch := range map[string][2]func(*gatewayfx.Settings){
		"request_timeout":             {func(s *gatewayfx.Settings) { s.RequestTimeout = 0 }, func(s *gatewayfx.Settings) { s.RequestTimeout = time.Hour + 1 }},
		"read_header_timeout":         {func(s *gatewayfx.Settings) { s.ReadHeaderTimeout = 0 }, func(s *gatewayfx.Settings) { s.ReadHeaderTimeout = time.Minute + 1 }},
		"idle_timeout":                {func(s *gatewayfx.Settings) { s.IdleTimeout = 0 }, func(s *gatewayfx.Settings) { s.IdleTimeout = time.Hour + 1 }},
		"max_header_size":             {func(s *gatewayfx.Settings) { s.MaxHeaderSize = 1023 }, func(s *gatewayfx.Settings) { s.MaxHeaderSize = 16*configs.MiB + 1 }},
		"max_header_fields":           {func(s *gatewayfx.Settings) { s.MaxHeaderFields = 9 }, func(s *gatewayfx.Settings) { s.MaxHeaderFields = 10_001 }},
		"max_url":                     {func(s *gatewayfx.Settings) { s.MaxURL = 255 }, func(s *gatewayfx.Settings) { s.MaxURL = configs.MiB + 1 }},
		"max_body":                    {func(s *gatewayfx.Settings) { s.MaxBody = 0 }, func(s *gatewayfx.Settings) { s.MaxBody = configs.GiB + 1 }},
		"max_connections":             {func(s *gatewayfx.Settings) { s.MaxConnections = 0 }, func(s *gatewayfx.Settings) { s.MaxConnections = 1_000_001 }},
		"max_connections_per_address": {func(s *gatewayfx.Settings) { s.MaxConnectionsPerAddress = -1 }, func(s *gatewayfx.Settings) { s.MaxConnectionsPerAddress = 1_000_001 }},
		"slow_request":                {func(s *gatewayfx.Settings) { s.SlowRequest = -1 }, func(s *gatewayfx.Settings) { s.SlowRequest = time.Hour + 1 }},
		"key_refresh":                 {func(s *gatewayfx.Settings) { s.KeyRefresh = 0 }, func(s *gatewayfx.Settings) { s.KeyRefresh = time.Hour + 1 }},
		"token_cache":                 {func(s *gatewayfx.Settings) { s.TokenCache = 0 }, func(s *gatewayfx.Settings) { s.TokenCache = 10_000_001 }},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			for _, change := range tooLittleTooMuch {
				s := defaults()
				change(s)
				require.ErrorContains(t, s.Validate(), key)
			}
		})
	}
}
