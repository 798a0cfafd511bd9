package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// peerVariable makes the test binary be the peer of the benchmark: what a Go program at the least pays for an answer.
const peerVariable = "HOLON_BENCH_PEER"

// peerAnswer has the shape of an account.
type peerAnswer struct {
	ID, Name, Email      string
	CreatedAt, UpdatedAt time.Time
	OrderCount           int64
	OrderTotals          map[string]int64
}

// servePeer answers with net/http and encoding/json alone. It prints its address and ends with its standard input.
func servePeer() error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /users/{id}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(peerAnswer{ID: r.PathValue("id"), Name: "Ada Lovelace", Email: "ada@example.com",
			CreatedAt: time.Now(), UpdatedAt: time.Now(), OrderTotals: map[string]int64{}})
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = ln.Close()
	}()
	_ = (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(ln)
	return nil
}

// BenchmarkHTTP asks over 64 connections and reports the CPU time that the serving process, not the asking one, took
// for a request, beside a bare net/http handler in the same run.
func BenchmarkHTTP(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		peer := exec.CommandContext(b.Context(), os.Args[0])
		peer.Env = append(os.Environ(), peerVariable+"=1")
		in, err := peer.StdinPipe()
		require.NoError(b, err)
		out, err := peer.StdoutPipe()
		require.NoError(b, err)
		require.NoError(b, peer.Start())
		line := make([]byte, 64)
		n, err := out.Read(line)
		require.NoError(b, err)
		load(b, peer.Process.Pid, func() *http.Request {
			return newRequest(b, http.MethodGet, "http://"+strings.TrimSpace(string(line[:n]))+"/users/u1", "", "")
		}, http.StatusOK)
		require.NoError(b, in.Close())
		require.NoError(b, peer.Wait())
	})
	node := start(b, b.TempDir())
	ada := &person{t: b, url: node.URL}
	id := ada.register("ada@example.com")
	b.Run("get-user", func(b *testing.B) {
		load(b, node.cmd.Process.Pid, func() *http.Request {
			return newRequest(b, http.MethodGet, node.URL+"/users/"+id, ada.token, "")
		}, http.StatusOK)
	})
	var keys atomic.Int64
	b.Run("place-order", func(b *testing.B) {
		load(b, node.cmd.Process.Pid, func() *http.Request {
			r := newRequest(b, http.MethodPost, node.URL+"/orders", ada.token, oneBook)
			r.Header.Set("Idempotency-Key", strconv.FormatInt(keys.Add(1), 10))
			return r
		}, http.StatusCreated)
	})
}

func newRequest(b *testing.B, method, url, token, body string) *http.Request {
	r, err := http.NewRequestWithContext(b.Context(), method, url, bytes.NewBufferString(body))
	require.NoError(b, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// load sends b.N requests over 64 connections.
func load(b *testing.B, pid int, request func() *http.Request, want int) {
	const connections = 64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	before := cpuOf(b, pid)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				resp, err := client.Do(request())
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
				if resp.StatusCode != want {
					b.Errorf("status %d", resp.StatusCode)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64((cpuOf(b, pid)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// cpuOf is the CPU time that a process has taken, user and system.
func cpuOf(b *testing.B, pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("the CPU time of a process is read from /proc: %v", err)
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(after) // from the third on; utime and stime are the 14th and 15th
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(b, err)
		ticks += n
	}
	const perSecond = 100 // USER_HZ, the same on every Linux
	return time.Duration(ticks) * time.Second / perSecond
}
