//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistryPrometheus runs a real Prometheus with configs/prometheus.yaml: it scrapes an instance that registers, under the
// names that the file gives it, and holon itself, and no longer scrapes who has said goodbye.
func TestRegistryPrometheus(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short: real processes")
	}
	needs(t, "prometheus", "promtool")
	t.Parallel()
	shipped := filepath.Join("..", "..", "configs", "prometheus.yaml")
	out, err := exec.Command("promtool", "check", "config", shipped).CombinedOutput()
	require.NoError(t, err, "%s", out)

	dir := t.TempDir()
	node := start(t, dir)
	(&person{t: t, url: node.URL}).register("ada@example.com")
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/own/metrics" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, "shop_sales 42\n")
	}))
	t.Cleanup(shop.Close)
	api := &person{t: t, url: node.URL, token: leaseKey(t, dir)}
	path := instancePath("shop", "till-1")
	api.ask(200, "PUT", path, fmt.Sprintf(`{"address":%q,"version":"2.1.0","metadata":{"metrics_path":"/own/metrics"}}`,
		strings.TrimPrefix(shop.URL, "http://")))

	prometheus := startPrometheus(t, shipped, strings.NewReplacer("http://127.0.0.1:8080", node.URL, "127.0.0.1:7948", node.Admin,
		"interval: 15s", "interval: 1s"))
	asked := func(query string, want ...string) {
		t.Helper()
		began := time.Now()
		for all, err := prometheus.query(t, query); err != nil || !slices.Equal(all, want); all, err = prometheus.query(t, query) {
			require.Less(t, time.Since(began), 30*time.Second, "%s: %v %v\n%s", query, all, err, prometheus.output)
			<-time.After(50 * time.Millisecond)
		}
	}
	asked(`shop_sales`, `instance=till-1 job=shop version=2.1.0 42`)
	asked(`up{job="shop"}`, `instance=till-1 job=shop version=2.1.0 1`)
	asked(`up{job="holon"}`, "instance="+node.Admin+" job=holon 1")
	api.ask(204, "DELETE", path, "")
	asked(`shop_sales`)
}

// prometheusProcess is a real one.
type prometheusProcess struct {
	addr   string
	output *lockedBuffer
}

// startPrometheus runs one with a configuration that is changed to what the test has.
func startPrometheus(t *testing.T, shipped string, change *strings.Replacer) *prometheusProcess {
	t.Helper()
	text, err := os.ReadFile(shipped)
	require.NoError(t, err)
	dir := t.TempDir()
	file := filepath.Join(dir, "prometheus.yaml")
	require.NoError(t, os.WriteFile(file, []byte(change.Replace(string(text))), 0o600))
	free, err := net.Listen("tcp", "127.0.0.1:0") // it does not say which port it got
	require.NoError(t, err)
	p := &prometheusProcess{addr: free.Addr().String(), output: &lockedBuffer{}}
	require.NoError(t, free.Close())
	c := exec.Command("prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+p.addr)
	c.Stdout, c.Stderr = p.output, p.output
	require.NoError(t, c.Start())
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended already
		_ = c.Wait()
	})
	return p
}

// query returns the series of a query, each as its labels by name and its value.
func (p *prometheusProcess) query(t *testing.T, q string) (all []string, err error) {
	got, err := (&person{t: t, url: "http://" + p.addr}).try("GET", "/api/v1/query?query="+url.QueryEscape(q), "")
	if err != nil {
		return nil, err
	}
	var reply struct {
		Data struct {
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  []any             `json:"value"`
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(got.raw, &reply); err != nil {
		return nil, err
	}
	for _, r := range reply.Data.Result {
		delete(r.Metric, "__name__")
		series := ""
		for _, name := range slices.Sorted(maps.Keys(r.Metric)) {
			series += name + "=" + r.Metric[name] + " "
		}
		all = append(all, series+fmt.Sprint(r.Value[1]))
	}
	return all, nil
}
