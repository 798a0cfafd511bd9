package check

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
)

func TestProbes(t *testing.T) {
	var lastQuery string
	app := http.NewServeMux()
	app.HandleFunc("/good", func(_ http.ResponseWriter, r *http.Request) { lastQuery = r.URL.RawQuery })
	app.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	app.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	app.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
	server := httptest.NewServer(app)
	defer server.Close()
	at := strings.TrimPrefix(server.URL, "http://")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())

	p := newProber()
	ask := func(addr string, c registry.Check) string {
		if err := p.probe(t.Context(), registry.Registration{Address: addr, Check: c}); err != nil {
			return err.Error()
		}
		return ""
	}
	require.Empty(t, ask(at, registry.Check{HTTP: "/good?deep=1"}))
	require.Equal(t, "deep=1", lastQuery)
	require.Empty(t, ask(at, registry.Check{HTTP: "/long"}))
	require.Equal(t, "it answers 503 to GET /bad", ask(at, registry.Check{HTTP: "/bad"}))
	require.Equal(t, "it answers 302 to GET /away", ask(at, registry.Check{HTTP: "/away"}), "a registration says where to ask, nobody else")
	require.Empty(t, ask(at, registry.Check{TCP: true}))
	for _, c := range []registry.Check{{TCP: true}, {HTTP: "/good"}} {
		require.Equal(t, "connection refused", ask(closed.Addr().String(), c))
		require.Equal(t, "its name is not known", ask("no-such-name.invalid:80", c))
	}
}
