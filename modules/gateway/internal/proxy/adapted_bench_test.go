package proxy_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkAdapted asks an application by itself, behind a gateway in its process, and behind one on another node.
func BenchmarkAdapted(b *testing.B) {
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	for name, start := range map[string]func(testing.TB) string{
		"alone": func(t testing.TB) string {
			s := httptest.NewServer(app)
			t.Cleanup(s.Close)
			return s.URL
		},
		"here":  func(t testing.TB) string { return "http://" + local(t, app).addr },
		"there": func(t testing.TB) string { return "http://" + remote(t, app).addr },
	} {
		b.Run(name, func(b *testing.B) {
			url := start(b) + "/shop/hello"
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			b.Cleanup(client.CloseIdleConnections)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := client.Get(url)
					if err != nil {
						b.Error(err)
						return
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
					require.Equal(b, http.StatusOK, resp.StatusCode)
				}
			})
		})
	}
}
