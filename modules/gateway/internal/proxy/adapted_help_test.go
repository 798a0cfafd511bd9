package proxy_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
	"holon/transport/contract"
)

// shop is an application that knows nothing of holon: it does what net/http lets it do.
type shop struct {
	*http.ServeMux
	// release ends requests to /shop/deaf, which take no notice of anything.
	release chan struct{}
	// told has why requests to /shop/wait are over; late writes when /shop/late has returned.
	told  chan error
	late  sync.WaitGroup
	mu    sync.Mutex
	asked int
	by    map[string]int
	ill   bool
}

// count is how often a path was asked for, set how its health is.
func (s *shop) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[path]
}

func (s *shop) set(ill bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ill = ill
}

// newChecked has the shop's health asked for.
func newChecked(t testing.TB, s *shop) *adapter.Adapter {
	t.Helper()
	a := adapter.New(adapter.Params{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, a.Register("shop", s, "/shop/health"))
	a.Serve("shop")
	a.StartChecks(nil)
	t.Cleanup(a.StopChecks)
	return a
}

func newShop() *shop {
	s := &shop{ServeMux: http.NewServeMux(), release: make(chan struct{}), told: make(chan error, 100), by: make(map[string]int)}
	s.HandleFunc("/shop/dump", s.dump)
	s.HandleFunc("/shop/dump/", s.dump)
	s.HandleFunc("POST /shop/echo", func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	s.HandleFunc("POST /shop/ignore", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	s.HandleFunc("/shop/sniff", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html><body>a shop</body></html>") })
	s.HandleFunc("/shop/empty", func(http.ResponseWriter, *http.Request) {})
	s.HandleFunc("/shop/none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	s.HandleFunc("/shop/same", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	})
	s.HandleFunc("/shop/untyped", func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		fmt.Fprint(w, "what is it")
	})
	s.HandleFunc("/shop/hop", func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Keep-Alive", "X-Holon-Subject", "X-Request-Id", "Proxy-Authenticate", "X-Own"} {
			w.Header().Set(name, "mine")
		}
		w.Header().Set("Connection", "close, X-Own")
		w.Header().Set("X-Content-Type-Options", "sniff")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		fmt.Fprint(w, "ok")
	})
	s.HandleFunc("/shop/move", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/shop/dump", http.StatusSeeOther) })
	s.HandleFunc("/shop/ill", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "ill", http.StatusServiceUnavailable) })
	s.HandleFunc("/shop/file", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "a.txt", time.Unix(1, 0), strings.NewReader("0123456789"))
	})
	s.HandleFunc("/shop/big", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(strings.Repeat("x", 1<<20))) })
	s.HandleFunc("/shop/trailer", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum, X-Never")
		fmt.Fprint(w, "body")
		w.Header().Set("X-Sum", "42")
		w.Header().Set("X-Late", "not said before")
	})
	s.HandleFunc("/shop/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		fmt.Fprint(w, "late")
	})
	s.HandleFunc("/shop/stream", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	})
	s.HandleFunc("/shop/twice", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		w.WriteHeader(http.StatusOK)
	})
	s.HandleFunc("/shop/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "12345")
	})
	s.HandleFunc("/shop/long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, err := fmt.Fprint(w, "1234567890")
		if !errors.Is(err, http.ErrContentLength) {
			panic(err)
		}
		fmt.Fprint(w, "12345")
	})
	s.HandleFunc("/shop/zero", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(0)
	})
	s.HandleFunc("/shop/unasked", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Upgrade", "foo")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})
	s.HandleFunc("/shop/quiet", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Keep-Alive", "timeout=5")
		w.Header().Set("X-Holon-Key", "k")
	})
	s.HandleFunc("/shop/late", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "in time\n")
		w.(http.Flusher).Flush()
		s.late.Go(func() {
			<-r.Context().Done() // the handler has returned
			for range 100 {
				_, _ = io.WriteString(w, "LATE")
			}
		})
	})
	s.HandleFunc("/shop/upload", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			panic(err)
		}
		f, err := r.MultipartForm.File["f"][0].Open()
		if err != nil {
			panic(err)
		}
		defer func() { _ = f.Close() }()
		fmt.Fprint(w, f.(*os.File).Name())
	})
	s.HandleFunc("/shop/wait", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		s.told <- context.Cause(r.Context())
	})
	s.HandleFunc("/shop/panic", func(http.ResponseWriter, *http.Request) { panic("a fault") })
	s.HandleFunc("/shop/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	s.HandleFunc("/shop/half", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "half")
		_ = http.NewResponseController(w).Flush()
		panic("in the middle")
	})
	s.HandleFunc("/shop/deaf", func(http.ResponseWriter, *http.Request) { <-s.release })
	s.HandleFunc("/shop/limits", func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_, _, hijack := c.Hijack()
		_, bounded := r.Context().Deadline()
		fmt.Fprint(w, c.SetWriteDeadline(time.Time{}), c.SetReadDeadline(time.Now()), hijack, bounded, r.Context().Value(http.ServerContextKey))
	})
	s.HandleFunc("/shop/talk", func(w http.ResponseWriter, _ *http.Request) {
		c, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer func() { _ = c.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: talk\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		_, _ = rw.WriteString("you said " + line)
		_ = rw.Flush()
	})
	s.HandleFunc("/shop/health", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ill {
			http.Error(w, "ill", http.StatusInternalServerError)
		}
	})
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	s.by[r.URL.Path]++
	s.mu.Unlock()
	s.ServeMux.ServeHTTP(w, r)
}

// dump answers with all that it was given.
func (s *shop) dump(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	who := contract.PrincipalOf(r.Context())
	_, _ = fmt.Fprint(w, mustJSON(map[string]any{
		"method": r.Method, "url": r.URL.String(), "raw": r.URL.RawPath, "uri": r.RequestURI, "proto": r.Proto, "host": r.Host, "header": r.Header, "body": string(body),
		"err": fmt.Sprint(err), "length": r.ContentLength, "encoding": r.TransferEncoding, "trailer": r.Trailer, "who": who,
		"remote": r.RemoteAddr != "" && !strings.HasSuffix(r.RemoteAddr, ":0"), "form": r.FormValue("q"), "tls": r.TLS != nil,
	}))
}

func mustJSON(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(out)
}

// shopRoute is the route of the shop.
func shopRoute(edit ...func(*routes.Route)) routes.Route {
	r := routes.Route{Name: "shop", Path: "/shop/{rest...}", Service: "shop"}
	r.Defaults()
	r.Auth = routes.AuthNone
	for _, e := range edit {
		e(&r)
	}
	return r
}

// local is a gateway beside the shop.
func local(t testing.TB, s http.Handler, edit ...func(*routes.Route)) *front {
	t.Helper()
	a := adapter.New(adapter.Params{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, a.Register("shop", s, ""))
	a.Serve("shop")
	return newFrontFor(t, a, []routes.Route{shopRoute(edit...)})
}

// shopNode is another node that runs the shop.
type shopNode struct {
	*adapter.Adapter
	port *adapter.Port
	at   routes.Target
}

func startShopNode(t testing.TB, name string, s http.Handler) *shopNode {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	n := &shopNode{Adapter: adapter.New(adapter.Params{Log: log})}
	require.NoError(t, n.Register("shop", s, ""))
	n.Serve("shop")
	n.port = adapter.NewPort(n.Adapter, name+"~boot", 1000, log)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			n.port.Take(c)
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		accepting.Wait()
		require.NoError(t, n.port.Close())
		require.NoError(t, n.Wait(context.WithoutCancel(t.Context())))
	})
	n.at = routes.Target{ID: name + "~boot", At: &url.URL{Scheme: "http", Host: ln.Addr().String()}, Version: "1.0.0"}
	return n
}

// remote is a gateway on another node than the shop.
func remote(t testing.TB, s http.Handler, edit ...func(*routes.Route)) *front {
	t.Helper()
	n := startShopNode(t, "other", s)
	f := newFrontFor(t, nil, []routes.Route{shopRoute(edit...)})
	f.door.Place("shop", []routes.Target{n.at})
	return f
}

// told is all that a client learns of an answer.
type told struct {
	Code        int
	Header      http.Header
	Provisional []string
	Body        string
	Length      int64
	Trailer     http.Header
	Broke       bool
}

// learn asks and writes down all of the answer, but for what is another each time.
func (f *front) learn(r *http.Request) (out told) {
	f.t.Helper()
	r = r.WithContext(httptrace.WithClientTrace(f.t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		out.Provisional = append(out.Provisional, fmt.Sprint(code, h["Link"]))
		return nil
	}}))
	r.URL.Scheme, r.URL.Host = "http", f.addr
	// Of a client that says close, net/http leaves unread what the handler has not read, and resets the connection.
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		out.Broke = true
		return out
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	out.Code, out.Header, out.Body, out.Length, out.Trailer, out.Broke = resp.StatusCode, resp.Header, string(body), resp.ContentLength, resp.Trailer, err != nil
	for _, name := range []string{"Date", "X-Request-Id"} {
		if len(out.Header[name]) != 1 {
			f.t.Errorf("%s: %v", name, out.Header[name])
		}
		out.Header.Del(name)
	}
	return out
}

// converse upgrades and says a line.
func (f *front) converse() (string, string) {
	f.t.Helper()
	c, err := net.Dial("tcp", f.addr)
	require.NoError(f.t, err)
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, "GET /shop/talk HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: talk\r\n\r\n")
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	in := bufio.NewReader(c)
	first, _ := in.ReadString('\n')
	for line := "x"; line != "\r\n" && line != ""; {
		line, _ = in.ReadString('\n')
	}
	_, _ = io.WriteString(c, "hello\n")
	answer, _ := in.ReadString('\n')
	return strings.TrimSpace(first), answer
}
