package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
	"holon/modules/gateway/gatewayfx"
)

// TestExampleOfServices is the file that README points to.
func TestExampleOfServices(t *testing.T) {
	t.Parallel()
	s, err := loadFrom(configs.Sources{File: "../../configs/services.yaml"})
	require.NoError(t, err)
	own, err := inspectEverywhere(s)
	require.NoError(t, err)
	require.Equal(t, "people-v1", own.Routes.Find("GET", "h", "/v1/people/7").Name)
	listed := slices.DeleteFunc(own.Routes.List(), func(r gatewayfx.RouteState) bool { return r.Own })
	require.Len(t, listed, len(s.sections["gateway"].(*gatewayfx.Settings).Routes))
}

// TestRateLimitsForWhatIsNotThere are refused.
func TestRateLimitsForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holon.yaml")
	require.NoError(t, os.WriteFile(path, []byte("gateway: {rate_limits: [{name: x, requests: 1, for: ['route:sing-in']}]}"), 0o600))
	s, err := loadFrom(configs.Sources{File: path})
	require.NoError(t, err)
	_, err = inspectEverywhere(s)
	require.ErrorContains(t, err, `gateway.rate_limits[0].for, route must be one of`)
}

// config writes a node's file and returns the flag that names it.
func configFile(t testing.TB, dir, text string) string {
	t.Helper()
	path := filepath.Join(dir, "holon.yaml")
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path), "a node may be reading it")
	return path
}

func routeTo(name, path, url string) string {
	return "    - {name: " + name + ", path: '" + path + "', auth: none, upstreams: [{url: '" + url + "'}]}\n"
}

// TestReloadUnderLoad reloads a hundred times, by the verb and by SIGHUP, while clients are at work. No request fails.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	notRaced(t)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	t.Cleanup(up.Close)
	dir := t.TempDir()
	head := "gateway:\n  routes:\n" + routeTo("kept", "/kept", up.URL)
	file := configFile(t, dir, head)
	node := launch(t, dir, "--config", file, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	ctx, stop := context.WithCancel(t.Context())
	var clients sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				resp, err := client.Get(node.URL + "/kept")
				what := "ok"
				if err != nil {
					what = err.Error()
				} else if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK || string(body) != "here" {
					what = resp.Status
				}
				if err == nil {
					_ = resp.Body.Close()
				}
				mu.Lock()
				answers[what]++
				mu.Unlock()
			}
		})
	}
	for i := range 100 {
		text := head
		if i%2 == 0 {
			text += routeTo("other", "/other", up.URL)
		}
		configFile(t, dir, text)
		if i%10 == 9 {
			require.NoError(t, node.cmd.Process.Signal(syscall.SIGHUP))
			continue
		}
		require.Contains(t, typedWith(t, exitOK, "routes", "reload", "--config", file, "--data-dir", dir), " as before")
	}
	stop()
	clients.Wait()
	require.Len(t, answers, 1, "%v", answers)
	t.Logf("%d requests while routes were reloaded 100 times", answers["ok"])

	configFile(t, dir, head+"    - {name: kept, path: /again, upstreams: [{url: '"+up.URL+"'}]}\n")
	require.Contains(t, typedWith(t, exitConfig, "routes", "reload", "--config", file, "--data-dir", dir), `is "kept", as is that of`)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGHUP))
	require.Eventually(t, func() bool { return strings.Contains(node.output.String(), "routes not reloaded") }, 10*time.Second, time.Millisecond)
	require.NoError(t, os.Truncate(file, 0))
	require.Contains(t, typedWith(t, exitFailed, "routes", "reload", "--config", "none", "--data-dir", dir), "is gone or empty")
	resp, err := client.Get(node.URL + "/kept")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 200, resp.StatusCode, "nothing was changed")
	client.CloseIdleConnections()
}

// typedWith is typed without flags of its own.
func typedWith(t *testing.T, code int, args ...string) string {
	t.Helper()
	var out lockedBuffer
	require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &out}), "%v: %s", args, &out)
	return out.String()
}

// TestExplainOutside shows the route, its instances and which of them are left alone.
func TestExplainOutside(t *testing.T) {
	t.Parallel()
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") }))
	gone := httptest.NewServer(nil)
	gone.Close()
	t.Cleanup(good.Close)
	dir := t.TempDir()
	file := configFile(t, dir, "gateway:\n  routes:\n    - {name: shop, path: '/shop/{rest...}', auth: none, upstreams: [{url: '"+good.URL+"'}, {url: '"+gone.URL+"'}]}\n")
	node := launch(t, dir, "--config", file, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	require.Eventually(t, func() bool {
		if getOnce(http.DefaultClient, node.URL+"/shop/x") != http.StatusOK {
			return false
		}
		out := typedWith(t, exitOK, "explain", "GET", "/shop/x", "--config", file, "--data-dir", dir)
		return strings.Contains(out, "is taken by route shop (gateway.routes)") && strings.Contains(out, "last: it has failed too often") &&
			strings.Contains(out, good.URL)
	}, 20*time.Second, 10*time.Millisecond)
	require.Contains(t, typedWith(t, exitOK, "routes", "ls", "--config", file, "--data-dir", dir), "open", "or half-open by now")
	require.Contains(t, typedWith(t, exitOK, "explain", "GET", "/health", "--config", file, "--data-dir", dir), "of module gateway")
	require.Contains(t, typedWith(t, exitOK, "explain", "GET", "/shop/x", "--config", "none", "--data-dir", dir),
		"the gateway on node n1 has routes that this configuration has not: shop (/shop/{rest...})")
}

// TestTLS serves the public port with a certificate, and with the next one once its files are there.
func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := certify(t, dir, "first.example")
	file := configFile(t, dir, "gateway: {tls: {cert_file: '"+filepath.Join(dir, "tls.crt")+"', key_file: '"+filepath.Join(dir, "tls.key")+"'}}")
	node := launch(t, dir, "--config", file, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	addr := strings.TrimPrefix(node.URL, "http://")
	ask := func(pool *x509.CertPool, name string) error {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: name}}}
		resp, err := client.Get("https://" + addr + "/health")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	require.NoError(t, ask(first, "first.example"))
	second := certify(t, dir, "second.example")
	require.Eventually(t, func() bool { return ask(second, "second.example") == nil }, 10*time.Second, 50*time.Millisecond)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.crt"), []byte("garbage"), 0o600))
	require.Eventually(t, func() bool {
		return ask(second, "second.example") == nil && strings.Contains(node.output.String(), "new certificate not used")
	}, 10*time.Second, 50*time.Millisecond)
}

// certify writes a certificate for a name and returns who believes in it.
func certify(t *testing.T, dir, name string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600))
	cert, err := x509.ParseCertificate(raw)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}
