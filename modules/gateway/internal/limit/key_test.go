package limit_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for from, to := range map[string]string{
		"192.0.2.1":              "192.0.2.1/32",
		"::ffff:192.0.2.1":       "192.0.2.1/32",
		"2001:db8:1:2:3:4:5:6":   "2001:db8:1:2::/64",
		"fe80::1%eth0":           "fe80::/64",
		"::1":                    "::/64",
		"::ffff:192.0.2.1%weird": "192.0.2.1/32",
	} {
		require.Equal(t, to, limit.Address(netip.MustParseAddr(from)).String(), from)
	}
	require.Zero(t, limit.Address(netip.Addr{}))
}

func TestKeyString(t *testing.T) {
	t.Parallel()
	require.Equal(t, "user:42", limit.Named("user", "42").String())
	require.Equal(t, "addr:192.0.2.1/32", limit.Network(netip.MustParseAddr("192.0.2.1")).String())
	require.Equal(t, "addr:", limit.Network(netip.Addr{}).String())
}

// Of one request each all are allowed if they are different.
func TestKeysAreDifferent(t *testing.T) {
	t.Parallel()
	one := limit.Policy{Name: "one", Requests: 1, Per: time.Hour}
	r := limit.NewRates(limit.DefaultKeys)
	now := time.Now()
	keys := []limit.Key{
		{},
		limit.Named("a", "bc"), limit.Named("ab", "c"), limit.Named("", "abc"), limit.Named("abc", ""),
		limit.Named("addr", "192.0.2.1/32"),
		limit.Network(netip.MustParseAddr("192.0.2.1")), limit.Network(netip.MustParseAddr("192.0.2.2")),
		limit.Network(netip.MustParseAddr("2001:db8::1")), limit.Network(netip.MustParseAddr("2001:db8:0:1::1")),
	}
	for _, k := range keys {
		require.True(t, r.Take(one, k, 1, now).Allowed, "%s", k)
	}
	for _, k := range keys {
		require.False(t, r.Take(one, k, 1, now).Allowed, "%s", k)
	}
	require.False(t, r.Take(one, limit.Network(netip.MustParseAddr("::ffff:192.0.2.1")), 1, now).Allowed, "the same address")
	require.False(t, r.Take(one, limit.Network(netip.MustParseAddr("2001:db8::2")), 1, now).Allowed, "the same network")
	two := one
	two.Name = "two"
	require.True(t, r.Take(two, keys[1], 1, now).Allowed, "another policy")
	require.Equal(t, len(keys)+1, r.Counts().Keys)
}
