package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkProxy asks a bare net/http service through nginx and through a gateway, with its guards off and on, and a module's
// route of the gateway itself beside nginx in front of that. CPU is that of the process in between, not of the service.
func BenchmarkProxy(b *testing.B) {
	if _, err := exec.LookPath("nginx"); err != nil {
		b.Skip("nginx is not installed: it is what a gateway is measured beside")
	}
	up := startPeer(b)
	dir := b.TempDir()
	off := "gateway:\n  shed: none\n  routes:\n" + routeTo("plain", "/users/{id}/plain", "http://"+up)
	file := configFile(b, dir, strings.Replace(off, "auth: none", "auth: none, rewrite: '/users/{id}'", 1))
	bare := launch(b, dir, "--config", file, "--name", "bare", "-m", "gateway", "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	bare.await()
	b.Run("nginx", func(b *testing.B) { throughNginx(b, up, "/users/u1", "") })
	b.Run("gateway/guards-off", func(b *testing.B) {
		load(b, bare.cmd.Process.Pid, func() *http.Request { return newRequest(b, http.MethodGet, bare.URL+"/users/u1/plain", "", "") }, http.StatusOK)
	})

	guarded := b.TempDir()
	on := "gateway:\n  shed: all\n  rate_limits: [{name: default, requests: 1000000, per: 1s}]\n  routes:\n    - {name: guarded, path: '/guarded/{id}', rewrite: '/users/{id}', upstreams: [{url: 'http://" + up + "'}]}\n"
	node := launch(b, guarded, "--config", configFile(b, guarded, on), "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	ada := &person{t: b, url: node.URL}
	id := ada.register("ada@example.com")
	b.Run("gateway/guards-on", func(b *testing.B) {
		load(b, node.cmd.Process.Pid, func() *http.Request { return newRequest(b, http.MethodGet, node.URL+"/guarded/u1", ada.token, "") }, http.StatusOK)
	})
	b.Run("local/guards-on", func(b *testing.B) {
		load(b, node.cmd.Process.Pid, func() *http.Request { return newRequest(b, http.MethodGet, node.URL+"/users/"+id, ada.token, "") }, http.StatusOK)
	})
	b.Run("local/behind-nginx", func(b *testing.B) {
		throughNginx(b, strings.TrimPrefix(node.URL, "http://"), "/users/"+id, ada.token)
	})
}

// startPeer starts the bare service and returns its address.
func startPeer(b *testing.B) string {
	b.Helper()
	peer := exec.CommandContext(b.Context(), os.Args[0])
	peer.Env = append(os.Environ(), peerVariable+"=1")
	in, err := peer.StdinPipe()
	require.NoError(b, err)
	out, err := peer.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, peer.Start())
	b.Cleanup(func() {
		_ = in.Close()
		_ = peer.Wait()
	})
	line := make([]byte, 64)
	n, err := out.Read(line)
	require.NoError(b, err)
	return strings.TrimSpace(string(line[:n]))
}

// throughNginx puts an nginx with one worker, kept connections and no logs in front of an address.
func throughNginx(b *testing.B, to, path, token string) {
	dir := b.TempDir()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	at := ln.Addr().String()
	require.NoError(b, ln.Close())
	conf := fmt.Sprintf(`daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log /dev/null;
events { worker_connections 1024; }
http { access_log off; client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
  keepalive_requests 100000000;
  upstream service { server %[2]s; keepalive 256; keepalive_requests 100000000; }
  server { listen %[3]s; location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`, dir, to, at)
	file := filepath.Join(dir, "nginx.conf")
	require.NoError(b, os.WriteFile(file, []byte(conf), 0o600))
	nginx := exec.CommandContext(b.Context(), "nginx", "-c", file, "-p", dir)
	require.NoError(b, nginx.Start())
	defer func() {
		_ = nginx.Process.Kill()
		_ = nginx.Wait()
	}()
	require.Eventually(b, func() bool {
		c, err := net.Dial("tcp", at)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	load(b, nginx.Process.Pid, func() *http.Request { return newRequest(b, http.MethodGet, "http://"+at+path, token, "") }, http.StatusOK)
}
