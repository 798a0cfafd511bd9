package proxy_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/proxy"
)

// TestClientBehindProxies: of what the header names, only what trusted proxies have written counts.
func TestClientBehindProxies(t *testing.T) {
	t.Parallel()
	trusted := proxy.Trusted{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, row := range []struct {
		sender string
		header []string
		want   string
	}{
		{"192.0.2.1:5", nil, "192.0.2.1"},
		{"192.0.2.1:5", []string{"198.51.100.7"}, "192.0.2.1"},
		{"10.0.0.1:5", nil, "10.0.0.1"},
		{"10.0.0.1:5", []string{"198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:5", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"10.0.0.1:5", []string{"203.0.113.9", "198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		{"10.0.0.1:5", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"10.0.0.1:5", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		{"[2001:db8::1]:5", []string{"2001:db9::7"}, "2001:db9::7"},
	} {
		r := httptest.NewRequest(http.MethodGet, "http://h/", nil)
		r.RemoteAddr = row.sender
		r.Header["X-Forwarded-For"] = row.header
		require.Equal(t, row.want, trusted.Client(r).String(), "%+v", row)
		require.Equal(t, netip.MustParseAddrPort(row.sender).Addr().Unmap(), proxy.Trusted(nil).Client(r), "nobody is trusted")
	}
}
