package webtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// way breaks a message.
type way func(*rand.Rand, *message)

// ways are all there are. Those that say where a body ends come more than once, because they are what is smuggled with.
func ways() []way {
	return slices.Concat(startLines(), headers(), lengths(), lengths(), chunks())
}

// one chooses among texts and puts what it chose into the message.
func one(set func(*message, string), from ...string) way {
	return func(rng *rand.Rand, m *message) { set(m, pick(rng, from)) }
}

func startLines() []way {
	return []way{
		one(func(m *message, s string) { m.method = s },
			"", "get", "G\x00T", "GE T", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "\xff\xfe", "POST\t", strings.Repeat("M", 5000)),
		one(func(m *message, s string) { m.version = s },
			"", "HTTP/0.9", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/3", "HTTP/9.9", "HTTP/1.1.1", "http/1.1", "HTTP/-1.1", "XTTP/1.1", "HTTP/1.1 x"),
		one(func(m *message, s string) { m.target += s },
			"/%", "/%zz", "/%00", "/%ff%fe", "/\xff", "/\x00", "/../../etc/passwd", "//", "/%2e%2e/", "?a=%zz", "?a=1;b=2", "?\x01", " ", "#x",
			"?"+strings.Repeat("x", 9000), "/"+strings.Repeat("%41", 3000)),
		one(func(m *message, s string) { m.target = s },
			"", "*", "x", "http://", "http://[::1", "http://user:pw@x/", "//x", "\\", "/\\..\\", "localhost:443", "https://other.example/health"),
		one(func(m *message, s string) { m.eol = s }, "\n", "\r", "\n\r", "\r\r\n", ""),
	}
}

func headers() []way {
	add := func(m *message, s string) { m.headers = append(m.headers, s) }
	return []way{
		one(func(m *message, s string) { m.headers[0] = s },
			"Host:", "Host: ", "Host: a b", "Host: x\x00", "Host: [::1", "Host: x\r\nHost: y", "Host: \xff", "Host: x/y", "X-No-Host: x", "Host : x"),
		one(add, "X", ": x", " X: folded", "X Y: z", "X\x00: y", "X: \x00", "X: a\rb", "X: a\nb", "\xff: x", "X:\x7f", "Expect: wonders",
			"Expect: 100-continue", "Connection: upgrade", "Upgrade: h2c", "Range: bytes=9-1", "Traceparent: 00-zz-zz-01", "Accept: \x01",
			"Authorization: Bearer \xff", "Authorization: Basic Og==", "Idempotency-Key: \x80", "Content-Encoding: gzip", "Cookie: "+strings.Repeat("a", 20000)),
		one(add, "Content-Type: text/plain; charset=\xff", "Content-Type: application/json; charset=utf-16", "Content-Type: ;;;",
			"Content-Type: multipart/form-data", "Content-Type: application/vnd.x+json", "Content-Type: "),
		func(rng *rand.Rand, m *message) {
			for i := range rng.IntN(300) {
				add(m, fmt.Sprintf("X-%d: %d", i, i))
			}
		},
		func(rng *rand.Rand, m *message) { add(m, "X-Long: "+strings.Repeat("x", rng.IntN(100_000))) },
	}
}

func lengths() []way {
	return []way{
		func(rng *rand.Rand, m *message) {
			m.frame("Content-Length: " + pick(rng, []string{"-1", "", " ", "+5", "0x10", "1e3", "5,5", "5 5", "99999999999999999999", "9223372036854775807", "2000000", "007", "\x00", "five"}))
		},
		func(_ *rand.Rand, m *message) { m.frame("Content-Length: 5", "Content-Length: 6") },
		func(_ *rand.Rand, m *message) { m.frame("Content-Length: 5", "Content-Length: 5") },
		func(rng *rand.Rand, m *message) {
			m.frame(fmt.Sprintf("Content-Length: %d", rng.IntN(len(m.body)+100)))
		},
		func(_ *rand.Rand, m *message) { m.frame("Content-Length: 4", "Transfer-Encoding: chunked") },
		func(_ *rand.Rand, m *message) { m.frame("Transfer-Encoding: chunked", "Content-Length: 4") },
		func(rng *rand.Rand, m *message) {
			m.frame("Transfer-Encoding: " + pick(rng, []string{"gzip", "identity", "chunked, chunked", "gzip, chunked", "xchunked", "chunked\x00", "CHUNKED", "", "chunked;q=1"}))
		},
		func(_ *rand.Rand, m *message) { m.frame("Transfer-Encoding: chunked", "Transfer-Encoding: identity") },
		func(_ *rand.Rand, m *message) { m.frame("Transfer-Encoding : chunked") },
	}
}

func chunks() []way {
	return []way{
		func(rng *rand.Rand, m *message) {
			m.frame("Transfer-Encoding: chunked")
			m.body = pick(rng, []string{
				"ZZ\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhello", "5\nhello\n0\n\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n",
				"FFFFFFFFFFFFFFFFF\r\n", "7FFFFFFFFFFFFFFF\r\nx", "5;" + strings.Repeat("e", 5000) + "\r\nhello\r\n0\r\n\r\n", "0\r\n", "\r\n", "5 \r\nhello\r\n0\r\n\r\n",
				"0x5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n", strings.Repeat("1\r\nx\r\n", 2000),
				"0\r\n" + strings.Repeat("X: y\r\n", 5000) + "\r\n", "5\r\x00\nhello", "\x00\x00",
			})
		},
	}
}
