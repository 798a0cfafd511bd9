package main

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// corpusCase is bytes that a client sends on one connection, and what becomes of them. In raw, {p} stands for the route's
// path and {a} for the header line with the token, where the route wants one.
type corpusCase struct {
	name, raw string
	// answers are the statuses that come back. Every 200 is of a request that the upstream has got.
	answers []int
	// sent are the targets that the upstream gets, below its route's.
	sent []string
	// body is that of the first request that the upstream gets, where it matters.
	body string
	// auth, if there, are the answers on the route that wants a token, of which the upstream gets authSent.
	auth     []int
	authSent []string
	// half says that the client ends its side after the bytes, which are the beginning of something.
	half bool
	head bool // the request is a HEAD
}

// corpusRoute is a route of the gateway under test. All their paths are of one length.
type corpusRoute struct {
	name, settings string
	// base is put before what is sent.
	base   string
	token  bool
	up     *rawUpstream
	person *person
	// who is how the gateway introduces the person.
	who map[string][]string
	// broken are requests that began and did not end. They may be seen late.
	broken int
}

// forged marks what clients say of themselves. No upstream may see it in a head.
const (
	forged   = "forged"
	forgedIP = "6.6.6.6"
)

// TestCorpusOfRequests sends requests that two servers could read in two ways, and such that say of themselves what only
// the gateway may say, to the real binary. What gets through has one meaning, and no word of the client about itself.
func TestCorpusOfRequests(t *testing.T) {
	t.Parallel()
	notRaced(t)
	all := []*corpusRoute{
		{name: "plain", settings: "path: '/flat/{rest...}', strip: /flat, auth: none"},
		{name: "streaming", settings: "path: '/flow/{rest...}', auth: none, streams: true", base: "/flow"},
		{name: "with a token", settings: "path: '/mine/{rest...}', rewrite: '/v2/{rest...}', auth: any", base: "/v2", token: true},
	}
	text := "gateway:\n  routes:\n"
	for i, r := range all {
		r.up = newRawUpstream(t)
		text += "    - {name: r" + string(rune('0'+i)) + ", " + r.settings + ", upstreams: [{url: 'http://" + r.up.Addr().String() + "'}]}\n"
	}
	dir := t.TempDir()
	node := launch(t, dir, "--config", configFile(t, dir, text), "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	node.await()
	ada := &person{t: t, url: node.URL}
	id := ada.register("ada@example.com")
	names := make(map[string]bool)
	for _, c := range corpus() {
		require.False(t, names[c.name], "%s is there twice", c.name)
		names[c.name] = true
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) {
			r.person = ada
			r.meet(t, id)
			mayBreak := 0
			for _, c := range corpus() {
				t.Run(c.name, func(t *testing.T) { r.try(t, c) })
				if slices.ContainsFunc(c.answers, func(code int) bool { return code == 400 || code == 499 }) {
					mayBreak++
				}
			}
			require.Empty(t, r.gather(t), "what came late")
			require.LessOrEqual(t, r.broken, mayBreak)
		})
	}
	require.NotContains(t, node.output.String(), "panic")
	t.Logf("%d cases on %d routes", len(names), len(all))
}

// meet learns how the gateway introduces the person by a request that says nothing.
func (r *corpusRoute) meet(t *testing.T, id string) {
	t.Helper()
	c := r.dial(t)
	require.Equal(t, http.StatusOK, c.ask(t, r.expand("GET {p}/hello HTTP/1.1\r\nHost: gw\r\n{a}\r\n"), "GET").StatusCode)
	got, junk := r.up.empty()
	require.Empty(t, junk)
	require.Len(t, got, 1)
	r.who = introduced(got[0])
	if !r.token {
		require.Empty(t, r.who)
		return
	}
	require.Equal(t, []string{id}, r.who["xholonsubject"])
}

var notAlphanumeric = regexp.MustCompile(`[^a-z0-9]`)

// plainName is a header's name as the least careful server reads it.
func plainName(name string) string {
	return notAlphanumeric.ReplaceAllString(strings.ToLower(name), "")
}

// introduced are the lines that say who asks, however they are spelled.
func introduced(k arrived) map[string][]string {
	who := make(map[string][]string)
	for _, line := range k.lines() {
		name, value, _ := strings.Cut(line, ":")
		if plain := plainName(name); strings.HasPrefix(plain, "xholon") {
			who[plain] = append(who[plain], strings.TrimSpace(value))
		}
	}
	return who
}

// expand fills in the places of a case.
func (r *corpusRoute) expand(text string) string {
	path, _, _ := strings.Cut(r.settings, "/{")
	_, path, _ = strings.Cut(path, "'")
	line := ""
	if r.token {
		line = "Authorization: Bearer " + r.person.token + "\r\n"
	}
	return strings.NewReplacer("{p}", path, "{a}", line).Replace(text)
}

// corpusConn is a client's connection.
type corpusConn struct {
	net.Conn
	in *bufio.Reader
}

func (r *corpusRoute) dial(t *testing.T) corpusConn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(r.person.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return corpusConn{c, bufio.NewReader(c)}
}

// read returns the next answer that is not provisional, nil where the connection is closed.
func (c corpusConn) read(t *testing.T, method string) *http.Response {
	t.Helper()
	for {
		resp, err := http.ReadResponse(c.in, &http.Request{Method: method})
		if err != nil {
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "neither an answer nor an end")
			return nil
		}
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp
		}
	}
}

func (c corpusConn) ask(t *testing.T, raw, method string) *http.Response {
	t.Helper()
	_, err := io.WriteString(c, raw)
	require.NoError(t, err)
	resp := c.read(t, method)
	require.NotNil(t, resp)
	return resp
}

func (r *corpusRoute) try(t *testing.T, c corpusCase) {
	want, sent := c.answers, c.sent
	if r.token && c.auth != nil {
		want, sent = c.auth, c.authSent
	}
	require.Empty(t, r.gather(t), "what came late")
	client := r.dial(t)
	method := map[bool]string{true: "HEAD", false: "GET"}[c.head]
	require.NoError(t, client.SetDeadline(time.Now().Add(5*time.Second)))
	_, err := io.WriteString(client, r.expand(c.raw))
	require.NoError(t, err)
	if c.half {
		require.NoError(t, client.Conn.(*net.TCPConn).CloseWrite())
	}
	var got []int
	var ids []string
	for range want {
		resp := client.read(t, method)
		if resp == nil {
			break
		}
		got = append(got, resp.StatusCode)
		if resp.StatusCode == http.StatusOK {
			ids = append(ids, resp.Header.Get("X-Request-Id"))
		}
	}
	require.Equal(t, want, got, "statuses")
	r.follow(t, client)

	// What the upstream reads as another request has come before this one has, on its only connection.
	require.Equal(t, http.StatusOK, r.dial(t).ask(t, r.expand("GET {p}/last HTTP/1.1\r\nHost: gw\r\n{a}\r\n"), "GET").StatusCode)
	all := slices.DeleteFunc(r.gather(t), func(k arrived) bool { return k.RequestURI == r.base+"/after" || k.RequestURI == r.base+"/last" })
	require.Len(t, all, len(sent), "there are other requests behind the gateway than before it: %v", all)
	for i, k := range all {
		require.Equal(t, r.base+sent[i], k.RequestURI)
		require.Equal(t, ids[i:i+1], k.named("X-Request-Id"))
	}
	if c.body != "" {
		require.Equal(t, r.expand(c.body), all[0].body)
	}
}

// gather returns the requests that the upstream has got since, whole ones, and looks at all.
func (r *corpusRoute) gather(t *testing.T) []arrived {
	t.Helper()
	all, junk := r.up.empty()
	require.Empty(t, junk, "the upstream got what is no request")
	return slices.DeleteFunc(all, func(k arrived) bool {
		r.hold(t, k)
		if k.broken != nil {
			r.broken++
		}
		return k.broken != nil
	})
}

// follow asks once more on a connection, which is closed or answers just that.
func (r *corpusRoute) follow(t *testing.T, c corpusConn) {
	t.Helper()
	_, _ = io.WriteString(c, r.expand("GET {p}/after HTTP/1.1\r\nHost: gw\r\n{a}\r\n")) // it may be closed
	resp := c.read(t, "GET")
	if resp == nil {
		return
	}
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode, "what was asked before answers for what is asked now: %s", body)
	require.Equal(t, r.base+"/after", string(body))
}

// notForUpstreams are headers of which no upstream may get a client's.
var notForUpstreams = []string{
	"Forwarded", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Original-URL", "X-Rewrite-URL", "X-Original-Host",
	"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl",
	"X-Forwarded-Prefix", "X-Forwarded-User", "X-Remote-User", "X-User", "Proxy", "Proxy-Authorization", "Connection", "Proxy-Connection", "Keep-Alive",
	"Upgrade", "HTTP2-Settings", "Trailer", "X-Custom-Hop",
}

// hold checks what is so of every request that reaches an upstream.
func (r *corpusRoute) hold(t *testing.T, k arrived) {
	t.Helper()
	require.Len(t, k.named("Host"), 1, "%q", k.head)
	require.Equal(t, r.up.Addr().String(), k.Host)
	require.LessOrEqual(t, len(k.named("Content-Length"))+len(k.named("Transfer-Encoding")), 1, "the body has two ends: %q", k.head)
	for _, encoding := range k.named("Transfer-Encoding") {
		require.Equal(t, "chunked", encoding)
	}
	require.True(t, maps.EqualFunc(r.who, introduced(k), slices.Equal), "somebody else is introduced: %q", k.head)
	require.Equal(t, []string{"127.0.0.1"}, k.named("X-Forwarded-For"))
	require.Equal(t, []string{"http"}, k.named("X-Forwarded-Proto"))
	require.Len(t, k.named("X-Forwarded-Host"), 1)
	require.Len(t, k.named("X-Request-Id"), 1)
	require.Len(t, k.named("Traceparent"), 1)
	for _, line := range k.lines() {
		name, _, _ := strings.Cut(line, ":")
		require.NotContains(t, name, "_")
		require.False(t, slices.ContainsFunc(notForUpstreams, func(n string) bool { return strings.EqualFold(n, name) }), "%q", line)
	}
	if r.token {
		require.Empty(t, k.named("Authorization"), "it is the gateway's")
	}
	require.NotContains(t, k.head, forged)
	require.NotContains(t, k.head, forgedIP)
	require.Empty(t, k.Trailer)
	require.NotContains(t, strings.ReplaceAll(k.head, "\r\n", ""), "\n", "a line ends otherwise than all others")
	if k.broken != nil {
		require.True(t, errors.Is(k.broken, io.ErrUnexpectedEOF) || errors.Is(k.broken, io.EOF), "%v", k.broken)
	}
	path, err := url.PathUnescape(k.URL.EscapedPath())
	require.NoError(t, err)
	require.NotContains(t, strings.Split(path, "/"), "..")
}
