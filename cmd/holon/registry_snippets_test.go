//go:build linux

package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRegistrySnippets runs the lease clients of the documentation: each registers, repeats it at the heartbeat that it is
// told, also after a time without an answer, and says goodbye when it is ended.
func TestRegistrySnippets(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short: real processes")
	}
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	(&person{t: t, url: node.URL}).register("ada@example.com")
	r := &registries{t: t, dir: dir, key: leaseKey(t, dir), client: keepAlive(t)}
	for tool, file := range map[string]string{"curl": "lease.sh", "python3": "lease.py"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			needs(t, tool)
			front := countedFront(t, node.URL)
			var out lockedBuffer
			path, err := filepath.Abs(filepath.Join("..", "..", "configs", file))
			require.NoError(t, err)
			c := exec.Command(path, tool, "one", "127.0.0.1:9")
			c.Env = append(os.Environ(), "GATEWAY="+front.URL, "API_KEY="+r.key, "TTL=10")
			c.Stdout, c.Stderr = &out, &out
			require.NoError(t, c.Start())
			done := make(chan error, 1)
			go func() { done <- c.Wait() }()
			t.Cleanup(func() { _ = c.Process.Kill() })

			there := func() bool {
				all, err := r.leases(node.URL)
				_, is := all[tool+"/one"]
				return err == nil && is
			}
			require.Eventually(t, there, 5*time.Second, 20*time.Millisecond, "%s", &out)
			front.broken(1)
			require.Eventually(t, func() bool { return front.count(http.MethodPut) >= 3 }, 15*time.Second, 20*time.Millisecond, "%s", &out)
			require.GreaterOrEqual(t, front.pause(), 1500*time.Millisecond, "nobody is asked all the time")
			require.NoError(t, c.Process.Signal(syscall.SIGTERM))
			select {
			case err := <-done:
				require.NoError(t, err, "%s", &out)
			case <-time.After(10 * time.Second):
				require.FailNow(t, "it does not end", "%s", &out)
			}
			require.Equal(t, 1, front.count(http.MethodDelete))
			require.False(t, there())
			require.NotContains(t, out.String(), r.key)
		})
	}
}

// needs skips a test that a tool is missing for. Where all has to be tested that is a failure.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", tool)
		}
		t.Skipf("%s is not installed", tool)
	}
}

// front stands before a gateway and counts what it is asked.
type front struct {
	*httptest.Server
	mu      sync.Mutex
	asked   map[string][]time.Time
	failing int
}

func countedFront(t *testing.T, to string) *front {
	t.Helper()
	target, err := url.Parse(to)
	require.NoError(t, err)
	f := &front{asked: make(map[string][]time.Time)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked[r.Method] = append(f.asked[r.Method], time.Now())
		fail := f.failing > 0
		if fail {
			f.failing--
		}
		f.mu.Unlock()
		if fail {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// broken has the next n requests fail.
func (f *front) broken(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failing = n
}

func (f *front) count(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.asked[method])
}

// pause is the shortest between two PUTs.
func (f *front) pause() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	shortest, puts := time.Hour, f.asked[http.MethodPut]
	for i := 1; i < len(puts); i++ {
		shortest = min(shortest, puts[i].Sub(puts[i-1]))
	}
	return shortest
}
