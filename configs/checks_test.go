package configs_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

func TestAddress(t *testing.T) {
	for addr, want := range map[string]string{
		":8080": "", "127.0.0.1:0": "", "[::1]:65535": "", "[fe80::1%eth0]:1": "", "localhost:80": "",
		"a_b.c-d.example.:80": "",
		"":                    `a must be host:port, such as 127.0.0.1:8080 or :8080, not ""`,
		"8080":                `a must be host:port, such as 127.0.0.1:8080 or :8080, not "8080"`,
		"::1:80":              `a must be host:port, such as 127.0.0.1:8080 or :8080, not "::1:80"`,
		"http://localhost:1":  `a must be host:port, such as 127.0.0.1:8080 or :8080, not "http://localhost:1"`,
		"h:":                  `a must end in a port between 0 and 65535, not ""`,
		"h:http":              `a must end in a port between 0 and 65535, not "http"`,
		"h:-1":                `a must end in a port between 0 and 65535, not "-1"`,
		"h:65536":             `a must end in a port between 0 and 65535, not "65536"`,
		"127.0.0.1.5:80":      `a must begin with an IP address or a host name, not "127.0.0.1.5"`,
		"-h:80":               `a must begin with an IP address or a host name, not "-h"`,
		"h..x:80":             `a must begin with an IP address or a host name, not "h..x"`,
	} {
		t.Run(addr, func(t *testing.T) {
			if want == "" {
				require.NoError(t, configs.Address("a", addr))
				return
			}
			require.EqualError(t, configs.Address("a", addr), want)
		})
	}
}

func TestBetween(t *testing.T) {
	require.NoError(t, configs.Between("n", 1, 1, 3))
	require.NoError(t, configs.Between("n", 3, 1, 3))
	require.EqualError(t, configs.Between("n", 4, 1, 3), "n must be between 1 and 3, not 4")
	require.EqualError(t, configs.Between("n", math.NaN(), 0, 1), "n must be between 0 and 1, not NaN")
	require.EqualError(t, configs.Between("d", 3*time.Hour, time.Minute, time.Hour), "d must be between 1m and 1h, not 3h")
	require.EqualError(t, configs.Between("b", 0, configs.KiB, configs.GiB), "b must be between 1KiB and 1GiB, not 0")
}

func TestBytes(t *testing.T) {
	for text, want := range map[string]configs.Bytes{
		"0": 0, "1": 1, "1024": configs.KiB, "1KiB": configs.KiB, "1024KiB": configs.MiB, "3MiB": 3 * configs.MiB,
		"2GiB": 2 * configs.GiB, "1TiB": configs.TiB, "5B": 5, "8388607TiB": 8388607 * configs.TiB,
	} {
		t.Run(text, func(t *testing.T) {
			var b configs.Bytes
			require.NoError(t, b.UnmarshalText([]byte(text)))
			require.Equal(t, want, b)
			var again configs.Bytes
			require.NoError(t, again.UnmarshalText([]byte(b.String())))
			require.Equal(t, b, again)
		})
	}
	for _, text := range []string{
		"", "KiB", "-1", "+1", "1.5MiB", "1MB", "1mib", "1 MiB", "8388608TiB", "9223372036854775808",
	} {
		t.Run("not "+text, func(t *testing.T) {
			b := configs.Bytes(7)
			require.EqualError(t, b.UnmarshalText([]byte(text)), "want a size such as 512, 64KiB or 1MiB")
			require.Equal(t, configs.Bytes(7), b)
		})
	}
	require.Equal(t, "1500B", configs.Bytes(1500).String())
	require.Equal(t, "-1KiB", (-configs.KiB).String())
}
