package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrived is a request as an upstream read it from its connection.
type arrived struct {
	*http.Request
	// head is its bytes up to the body, and body what came then.
	head, body string
	// broken says why it did not come as a whole.
	broken error
}

// lines are the header lines of a request as they were sent.
func (k arrived) lines() []string {
	head, _, _ := strings.Cut(k.head, "\r\n\r\n")
	return strings.Split(head, "\r\n")[1:]
}

// named returns the values of all lines with a name, in any case.
func (k arrived) named(name string) (values []string) {
	for _, line := range k.lines() {
		if n, value, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// rawUpstream keeps the bytes of every request that it gets, and answers with the request's target.
type rawUpstream struct {
	net.Listener
	open sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	all   []arrived
	// junk is what was no request.
	junk []string
}

func newRawUpstream(t testing.TB) *rawUpstream {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	u := &rawUpstream{Listener: ln}
	u.open.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			u.mu.Lock()
			u.conns = append(u.conns, c)
			u.mu.Unlock()
			u.open.Go(func() { u.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		u.mu.Lock()
		for _, c := range u.conns {
			_ = c.Close()
		}
		u.mu.Unlock()
		u.open.Wait()
	})
	return u
}

func (u *rawUpstream) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(c, &raw))
	at := func() int { return raw.Len() - in.Buffered() }
	for {
		began := at()
		r, err := http.ReadRequest(in)
		if err != nil {
			if text := raw.Bytes()[began:]; len(text) > 0 {
				u.keep(nil, string(text))
			}
			return
		}
		k := arrived{Request: r, head: string(raw.Bytes()[began:at()])}
		if r.Header.Get("Expect") != "" {
			_, _ = io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		body, err := io.ReadAll(r.Body)
		k.body, k.broken = string(body), err
		u.keep(&k, "")
		if err != nil {
			return
		}
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(r.RequestURI))
		if r.Method != http.MethodHead {
			answer += r.RequestURI
		}
		if _, err := io.WriteString(c, answer); err != nil || r.Close {
			return
		}
	}
}

func (u *rawUpstream) keep(k *arrived, junk string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if k == nil {
		u.junk = append(u.junk, junk)
		return
	}
	u.all = append(u.all, *k)
}

// empty returns what came since it was asked last.
func (u *rawUpstream) empty() (all []arrived, junk []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	all, junk = u.all, u.junk
	u.all, u.junk = nil, nil
	return all, junk
}
