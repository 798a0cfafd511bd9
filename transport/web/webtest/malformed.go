package webtest

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Malformed returns what arrives on one connection: a request to one of the routes ("POST /orders") that is broken in
// one to three ways, or nothing like a request at all. What is broken in a way that does not matter may well be
// answered. The same numbers give the same bytes.
func Malformed(rng *rand.Rand, routes ...string) []byte {
	if rng.IntN(20) == 0 {
		return []byte(pick(rng, foreign()))
	}
	method, target, _ := strings.Cut(pick(rng, routes), " ")
	m := &message{method: method, target: target, version: "HTTP/1.1", eol: "\r\n", headers: []string{"Host: x"}}
	if method != "GET" && method != "DELETE" {
		m.headers = append(m.headers, "Content-Type: application/json")
		m.body = garbage(rng)
	}
	ways := ways()
	for range 1 + rng.IntN(3) {
		pick(rng, ways)(rng, m)
	}
	raw := m.bytes()
	switch rng.IntN(10) {
	case 0: // it ends somewhere
		return raw[:rng.IntN(len(raw)+1)]
	case 1: // some bytes are others
		for range 1 + rng.IntN(4) {
			raw[rng.IntN(len(raw))] = byte(rng.IntN(256))
		}
		return raw
	case 2: // something comes behind it
		return append(raw, pick(rng, foreign())...)
	default:
		return raw
	}
}

// message is a request before it is put together.
type message struct {
	method, target, version, eol string
	headers                      []string
	body                         string
	// framed says that the headers tell where the body ends, truly or not.
	framed bool
}

func (m *message) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(m.method + " " + m.target + " " + m.version + m.eol)
	for _, h := range m.headers {
		b.WriteString(h + m.eol)
	}
	if !m.framed && m.body != "" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(m.body)) + m.eol)
	}
	b.WriteString(m.eol + m.body)
	return b.Bytes()
}

func (m *message) frame(headers ...string) {
	m.headers, m.framed = append(m.headers, headers...), true
}

func pick[T any](rng *rand.Rand, from []T) T { return from[rng.IntN(len(from))] }

// foreign is what other protocols say first.
func foreign() []string {
	return []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\xa5", 200), // TLS
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",       // HTTP/2
		"SSH-2.0-OpenSSH_9.6\r\n",
		"EHLO mail.example.com\r\nMAIL FROM:<a@example.com>\r\n",
		"*1\r\n$4\r\nPING\r\n",
		"\x00\x00\x00\x08\x04\xd2\x16\x2f", // PostgreSQL
		"GET /\r\n",                        // HTTP/0.9
		"\r\n\r\n\r\n",
		strings.Repeat("\x00", 64),
		"{\"jsonrpc\":\"2.0\"}",
	}
}
