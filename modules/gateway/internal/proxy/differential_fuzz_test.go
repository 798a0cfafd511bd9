package proxy_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/routes"
	"holon/transport/web"
)

// FuzzRawRequests: whatever bytes a client sends, the upstream gets no more requests than a strict reader finds in them, the
// same bodies in the same order, and no word of the client about who it is or where it comes from.
func FuzzRawRequests(f *testing.F) {
	g := newRawFront(f)
	for i, raw := range rawSeeds() {
		f.Add([]byte(raw), uint16(i%3*7))
	}
	f.Fuzz(func(t *testing.T, raw []byte, piece uint16) {
		if bytes.Contains(bytes.ToLower(raw), []byte("100-c")) {
			return // the upstream says no 100, so each would wait a second
		}
		want := strictly(raw)
		g.ask(t, raw, int(piece))
		got := g.up.empty()
		if len(got) > 0 { // what is left on the upstream's connection comes before this
			g.ask(t, []byte("GET /flat/last HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n"), 0)
			got = append(got, g.up.empty()...)
			last := got[len(got)-1]
			require.Equal(t, "/flat/last", last.target)
			got = got[:len(got)-1]
		}
		for _, r := range got {
			at := slices.IndexFunc(want, func(w strict) bool { return w.method == r.method && w.body == r.body })
			require.GreaterOrEqual(t, at, 0, "the upstream got what the client has not sent: %q", r.head)
			want = want[at+1:]
			g.hold(t, r)
		}
	})
}

// strict is a request as a strict reader sees it.
type strict struct{ method, body string }

// strictly returns the whole requests in the bytes, up to what is none. It takes heads as net/http does, and looks by itself
// for where the bodies end.
func strictly(raw []byte) (all []strict) {
	rest := raw
	for method := ""; ; {
		if method == http.MethodPost { // net/http passes over some behind the body of a POST
			rest = rest[len(rest[:min(4, len(rest))])-len(bytes.TrimLeft(rest[:min(4, len(rest))], "\r\n")):]
		}
		source := bytes.NewReader(rest)
		in := bufio.NewReader(source)
		r, err := http.ReadRequest(in)
		if err != nil {
			return all
		}
		head := rest[:len(rest)-source.Len()-in.Buffered()]
		behind := rest[len(head):]
		body, n := bodyAt(head, behind)
		if n < 0 {
			return all
		}
		all = append(all, strict{r.Method, body})
		rest, method = behind[n:], r.Method
	}
}

// bodyAt returns the body behind a head and how many bytes it takes, -1 where it does not end or ends in two places.
func bodyAt(head, behind []byte) (string, int) {
	var lengths, encodings []string
	text := strings.ReplaceAll(string(head), "\r\n", "\n")
	text = strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(text)
	for _, line := range strings.Split(text, "\n")[1:] {
		name, value, _ := strings.Cut(line, ":")
		switch value = strings.Trim(value, " \t"); strings.ToLower(name) {
		case "content-length":
			lengths = append(lengths, value)
		case "transfer-encoding":
			encodings = append(encodings, value)
		}
	}
	switch {
	case len(encodings) > 1 || len(encodings) == 1 && (len(lengths) > 0 || !strings.EqualFold(encodings[0], "chunked")):
		return "", -1
	case len(encodings) == 1:
		return chunksAt(behind)
	case len(lengths) == 0:
		return "", 0
	}
	n, err := strconv.ParseUint(lengths[0], 10, 31)
	if err != nil || slices.ContainsFunc(lengths, func(l string) bool { return l != lengths[0] }) || int(n) > len(behind) {
		return "", -1
	}
	return string(behind[:n]), int(n)
}

// chunksAt is bodyAt for chunks.
func chunksAt(raw []byte) (body string, n int) {
	rest := raw
	line := func() (string, bool) {
		text, behind, ended := bytes.Cut(rest, []byte("\n"))
		rest = behind
		return strings.TrimSuffix(string(text), "\r"), ended && bytes.HasSuffix(text, []byte("\r"))
	}
	for {
		text, ok := line()
		text, _, _ = strings.Cut(text, ";")
		size, err := strconv.ParseUint(strings.TrimRight(text, " \t"), 16, 31)
		if !ok || err != nil || strings.ContainsAny(text, "+-_xX") {
			return "", -1
		}
		if size == 0 {
			break
		}
		if uint64(len(rest)) < size+2 || string(rest[size:size+2]) != "\r\n" {
			return "", -1
		}
		body += string(rest[:size])
		rest = rest[size+2:]
	}
	for { // trailers, whose lines may end otherwise
		text, behind, ended := bytes.Cut(rest, []byte("\n"))
		if !ended {
			return "", -1
		}
		if rest = behind; len(bytes.TrimSuffix(text, []byte("\r"))) == 0 {
			return body, len(raw) - len(rest)
		}
	}
}

// rawFront is a gateway whose clients are made of bytes.
type rawFront struct {
	ln *scripts
	up *rawService
}

func newRawFront(f *testing.F) *rawFront {
	f.Helper()
	g := &rawFront{ln: &scripts{next: make(chan *script), closed: make(chan struct{})}, up: newRawService(f)}
	at := func(r *routes.Route) { r.Upstreams = []routes.Upstream{{URL: "http://" + g.up.Addr().String()}} }
	gate := newFront(f, with(to("flat", "/flat/{rest...}"), at),
		with(to("flow", "/flow/{rest...}"), func(r *routes.Route) { at(r); r.Streams = true }),
		with(to("mine", "/mine/{rest...}"), func(r *routes.Route) { at(r); r.Auth = routes.AuthAny }))
	limits := web.DefaultLimits()
	limits.IdleGrace = 0
	server := web.NewServer(gate.api, limits, slog.New(slog.DiscardHandler))
	server.Start(g.ln, func(error) {})
	f.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(f.Context()), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(ctx)
	})
	return g
}

// ask sends bytes on a connection of their own and returns when the gateway has had enough of it.
func (g *rawFront) ask(t *testing.T, raw []byte, piece int) {
	t.Helper()
	s := &script{rest: raw, piece: piece, over: make(chan struct{}), wake: make(chan struct{})}
	g.ln.next <- s
	select {
	case <-s.over:
	case <-time.After(10 * time.Second):
		t.Fatal("neither an answer nor an end")
	}
}

// hold checks what is so of every request that the upstream gets.
func (g *rawFront) hold(t *testing.T, r rawRequest) {
	t.Helper()
	require.Equal(t, []string{g.up.Addr().String()}, r.named("host"), "%q", r.head)
	require.LessOrEqual(t, len(r.named("content-length"))+len(r.named("transfer-encoding")), 1, "%q", r.head)
	require.Equal(t, []string{"127.0.0.1"}, r.named("x-forwarded-for"), "%q", r.head)
	require.Len(t, r.named("x-request-id"), 1)
	for _, name := range []string{"connection", "upgrade", "trailer", "keep-alive", "forwarded", "x-real-ip", "x-original-url"} {
		require.Empty(t, r.named(name), "%q", r.head)
	}
	var who []string
	for _, line := range r.lines() {
		name, value, _ := strings.Cut(strings.ToLower(line), ":")
		require.NotContains(t, name, "_")
		if strings.HasPrefix(name, "x-holon-") {
			who = append(who, name[len("x-holon-"):]+":"+value)
		}
	}
	slices.Sort(who)
	said := strings.Join(who, ";")
	path, _, _ := strings.Cut(r.target, "?")
	first, err := url.PathUnescape(strings.Split(path, "/")[1]) // a route may be spelled in several ways
	require.NoError(t, err)
	if first == "mine" {
		require.Contains(t, []string{"roles: admin;scopes: read write;subject: u1", "subject: u2", "key: k1;scopes: service:shop;subject: u1"}, said)
		require.Empty(t, r.named("authorization"))
		return
	}
	require.Contains(t, []string{"flat", "flow"}, first)
	require.Empty(t, said)
}

// scripts is a listener whose connections are given to it.
type scripts struct {
	next   chan *script
	closed chan struct{}
	once   sync.Once
}

func (s *scripts) Accept() (net.Conn, error) {
	select {
	case c := <-s.next:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *scripts) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *scripts) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

// script is a connection of a client that sends bytes, reads all answers and then leaves.
type script struct {
	piece int
	over  chan struct{} // closed when the server has had enough

	mu   sync.Mutex
	rest []byte
	late bool          // a deadline has passed
	wake chan struct{} // closed when one passes or the connection ends
	done bool
}

// Read hands the bytes out, and then the end. Who reads a single byte is net/http, which watches for the end during an
// answer: to it the client is still there.
func (s *script) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.done:
			return 0, net.ErrClosed
		case s.late:
			return 0, os.ErrDeadlineExceeded
		case len(s.rest) > 0:
			if s.piece > 0 {
				p = p[:min(len(p), s.piece)]
			}
			n := copy(p, s.rest)
			s.rest = s.rest[n:]
			return n, nil
		case len(p) != 1:
			return 0, io.EOF
		}
		wake := s.wake
		s.mu.Unlock()
		<-wake
		s.mu.Lock()
	}
}

func (s *script) SetReadDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := !at.IsZero() && at.Before(time.Now())
	if late && !s.late && !s.done {
		close(s.wake)
		s.wake = make(chan struct{})
	}
	s.late = late
	return nil
}

func (s *script) Close() error {
	_ = s.CloseWrite()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done {
		s.done = true
		close(s.wake)
	}
	return nil
}

// CloseWrite is the end of all answers. The server may wait a while before it closes the rest.
func (s *script) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.over:
	default:
		close(s.over)
	}
	return nil
}

func (s *script) Write(p []byte) (int, error)      { return len(p), nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }
func (s *script) SetDeadline(at time.Time) error   { return s.SetReadDeadline(at) }
func (s *script) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
func (s *script) RemoteAddr() net.Addr             { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// rawRequest is a whole request as the upstream read it.
type rawRequest struct{ method, target, head, body string }

func (r rawRequest) lines() []string {
	return strings.Split(strings.TrimSuffix(r.head, "\r\n\r\n"), "\r\n")[1:]
}

// named returns the values of the lines of a name, which is in small letters.
func (r rawRequest) named(name string) (values []string) {
	for _, line := range r.lines() {
		if n, value, _ := strings.Cut(line, ":"); strings.ToLower(n) == name {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// rawService keeps the whole requests that it gets. It takes bytes for a request only if a strict reader does.
type rawService struct {
	net.Listener
	open sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	got   []rawRequest
}

func newRawService(f *testing.F) *rawService {
	f.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(f, err)
	u := &rawService{Listener: ln, conns: make(map[net.Conn]bool)}
	u.open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			u.mu.Lock()
			u.conns[c] = true
			u.mu.Unlock()
			u.open.Go(func() { u.serve(c) })
		}
	})
	f.Cleanup(func() {
		_ = ln.Close()
		u.mu.Lock()
		for c := range u.conns {
			_ = c.Close()
		}
		u.mu.Unlock()
		u.open.Wait()
	})
	return u
}

func (u *rawService) serve(c net.Conn) {
	defer func() {
		_ = c.Close()
		u.mu.Lock()
		delete(u.conns, c)
		u.mu.Unlock()
	}()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &raw))
	for {
		raw.Next(raw.Len() - in.Buffered()) // of the request before
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		head := string(raw.Bytes()[:raw.Len()-in.Buffered()])
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		u.mu.Lock()
		u.got = append(u.got, rawRequest{r.Method, r.RequestURI, head, string(body)})
		u.mu.Unlock()
		if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
			return
		}
	}
}

// empty returns what came since it was asked last.
func (u *rawService) empty() []rawRequest {
	u.mu.Lock()
	defer u.mu.Unlock()
	got := u.got
	u.got = nil
	return got
}

// rawSeeds are the ideas of the corpus of cmd/holon: every line with every body.
func rawSeeds() (all []string) {
	const inner = "GET /flat/inner HTTP/1.1\r\nHost: inner\r\n\r\n"
	bodies := map[string]string{
		"Content-Length: 5\r\n": "hello", "Transfer-Encoding: chunked\r\n": "5;a=b\r\nhello\r\n0\r\nX-Holon-Subject: forged\r\n\r\n", "": inner,
		"Content-Length: " + strconv.Itoa(len(inner)) + "\r\n":      inner + inner,
		"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n":       "0\r\n\r\n" + inner,
		"Transfer-Encoding:\r\n chunked\r\nTrailer: Host\r\n":       "2a\r\n" + inner + "\r\n0\r\nHost: x\r\n\r\n" + inner,
		"Content-Length: 5\r\nContent-Length: 6\r\n":                "hello" + inner,
		"Content-Length: +5\r\n":                                    "hello",
		"X: a\nTransfer-Encoding: chunked\r\nContent_Length: 3\r\n": "5\nhello\r\n0\r\n\r\n",
	}
	lines := []string{
		"", "X-Holon-Subject: forged\r\nX_Holon_Roles: forged\r\nx-holon-key:\r\n forged\r\n", "X-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\n",
		"Connection: close, X-Holon-Subject\r\n", "Connection: keep-alive, X-Custom\r\nX-Custom: a\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding : chunked\r\n",
		"Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: \x0bchunked\r\n", "X: a\rX-Holon-Key: forged\r\n", "X: \x00\r\n", "no colon\r\n", "Upgrade: h2c\r\nConnection: Upgrade\r\n",
		"Host: two\r\n", "Authorization: Bearer bob\r\n", "Traceparent: forged\r\nX-Request-Id: forged\r\n",
	}
	for _, first := range []string{"POST /flat/x HTTP/1.1", "GET /flow/x?a=1 HTTP/1.1", "PUT /mine/x HTTP/1.1\r\nAuthorization: Bearer ada"} {
		for _, line := range lines {
			for head, body := range bodies {
				all = append(all, first+"\r\nHost: gw\r\n"+line+head+"\r\n"+body)
			}
		}
	}
	for _, first := range []string{
		"GET http://other.example/flat/x HTTP/1.1", "CONNECT /flat/x HTTP/1.1", "OPTIONS * HTTP/1.1", "GET  /flat/x HTTP/1.1", "GET /flat/%2e%2e/x HTTP/1.1", "GET /flat/..;/x HTTP/1.1", "GET /flat//x HTTP/1.1",
		"GET /flat/%0d%0aX-Holon-Subject:%20forged HTTP/1.1", "GET /flat/%c0%af HTTP/1.1", "GET /%66lat/x HTTP/1.0", "PRI * HTTP/2.0", "GET /flat/x", "GET /flat/x HTTP/1.2", "get /flat/x#a HTTP/1.1",
	} {
		all = append(all, first+"\r\nHost: gw\r\n\r\n"+inner)
	}
	slices.Sort(all)
	return all
}
