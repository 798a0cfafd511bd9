package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What the cases are made of.
const (
	corpusHost  = "Host: gw\r\n{a}"
	corpusInner = "GET {p}/inner HTTP/1.1\r\nHost: inner\r\n\r\n"
	fiveChunked = "5\r\nhello\r\n0\r\n\r\n"
	inChunks    = "Transfer-Encoding: chunked"
	ofFive      = "Content-Length: 5"
)

// rawRequest is a request without a body.
func rawRequest(line string, headers ...string) string {
	raw := line + "\r\n" + corpusHost
	for _, h := range headers {
		raw += h + "\r\n"
	}
	return raw + "\r\n"
}

func rawGet(headers ...string) string { return rawRequest("GET {p}/x HTTP/1.1", headers...) }

func rawPost(body string, headers ...string) string {
	return rawRequest("POST {p}/x HTTP/1.1", headers...) + body
}

// lengthLine says how long a body is once it is expanded.
func lengthLine(body string) string {
	return "Content-Length: " + strconv.Itoa(len(strings.ReplaceAll(body, "{p}", "/flat")))
}

// oneChunk is a body of one chunk.
func oneChunk(body string) string {
	return fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(strings.ReplaceAll(body, "{p}", "/flat")), body)
}

// passesOn is a case that the upstream gets as one request.
func passesOn(name, raw string) corpusCase {
	return corpusCase{name: name, raw: raw, answers: []int{200}, sent: []string{"/x"}}
}

// turnedAway is a case of which the upstream gets nothing whole.
func turnedAway(name, raw string, code int) corpusCase {
	return corpusCase{name: name, raw: raw, answers: []int{code}}
}

// halfOf ends the client's side.
func halfOf(c corpusCase) corpusCase {
	c.half = true
	return c
}

func carrying(body string, c corpusCase) corpusCase {
	c.body = body
	return c
}

// corpus is all cases.
func corpus() []corpusCase {
	return slices.Concat(corpusTwoEnds(), corpusEncodings(), corpusLengths(), corpusLineEnds(), corpusNames(), corpusChunked(), corpusPipelined(), corpusRequestLines(), corpusTargets(), corpusHosts(),
		corpusExpectations(), corpusConnections(), corpusPaths(), corpusSpoofed(), corpusIdentities(), corpusMore())
}

// corpusTwoEnds are requests whose body ends in two places.
func corpusTwoEnds() []corpusCase {
	return []corpusCase{
		turnedAway("length then chunks", rawPost("0\r\n\r\n"+corpusInner, lengthLine("0\r\n\r\n"+corpusInner), inChunks), 400),
		turnedAway("chunks then length", rawPost(oneChunk(corpusInner), inChunks, "Content-Length: 4"), 400),
		turnedAway("length of zero and chunks", rawPost(fiveChunked, "Content-Length: 0", inChunks), 400),
		turnedAway("length and folded chunks", rawPost("0\r\n\r\n", ofFive, "Transfer-Encoding:\r\n chunked"), 400),
		turnedAway("length and chunks behind a bare LF", rawPost("0\r\n\r\n", ofFive, "X: a\nTransfer-Encoding: chunked"), 400),
		turnedAway("length and chunks behind a bare CR", rawPost("0\r\n\r\n", ofFive, "X: a\rTransfer-Encoding: chunked"), 400),
		turnedAway("length and an encoding nobody knows", rawPost("hello", ofFive, "Transfer-Encoding: xchunked"), 400),
		turnedAway("length and no encoding", rawPost("hello", ofFive, "Transfer-Encoding: identity"), 400),
		turnedAway("length and an empty encoding", rawPost("hello", ofFive, "Transfer-Encoding:"), 400),
		turnedAway("folded length and chunks", rawPost("0\r\n\r\n", "Content-Length:\r\n 5", inChunks), 400),
		carrying("hello", passesOn("length and chunks with underscore", rawPost("hello", ofFive, "Transfer_Encoding: chunked"))),
		carrying("hello", passesOn("chunks and length with underscore", rawPost(fiveChunked, inChunks, "Content_Length: 3"))),
		carrying("hello", passesOn("length and chunks in another header's fold", rawPost("hello", ofFive, "X: a\r\n Transfer-Encoding: chunked"))),
		turnedAway("chunks of HTTP/1.0", rawRequest("POST {p}/x HTTP/1.0", "Connection: keep-alive", inChunks)+fiveChunked, 400),
		turnedAway("length and chunks of HTTP/1.0", rawRequest("POST {p}/x HTTP/1.0", "Connection: keep-alive", ofFive, inChunks)+fiveChunked, 400),
		{name: "no length and a request behind", raw: rawPost(corpusInner), answers: []int{200, 200}, sent: []string{"/x", "/inner"},
			auth: []int{200, 401}, authSent: []string{"/x"}},
		carrying(corpusInner, passesOn("a request in the body of a GET", rawRequest("GET {p}/x HTTP/1.1", lengthLine(corpusInner))+corpusInner)),
		carrying(corpusInner, passesOn("a request in a chunk of a GET", rawRequest("GET {p}/x HTTP/1.1", inChunks)+
			oneChunk(corpusInner))),
		carrying(corpusInner, passesOn("a request in the body of a DELETE", rawRequest("DELETE {p}/x HTTP/1.1", lengthLine(corpusInner))+corpusInner)),
		{name: "a request in the body of a HEAD", raw: rawRequest("HEAD {p}/x HTTP/1.1", lengthLine(corpusInner)) + corpusInner, answers: []int{200}, sent: []string{"/x"}, head: true},
	}
}

// corpusEncodings are spellings of Transfer-Encoding.
func corpusEncodings() (all []corpusCase) {
	for _, value := range []string{
		"xchunked", "chunked, identity", "identity, chunked", "chunked, chunked", "identity", "chunked,", ",chunked", "chunked;q=1", `"chunked"`, "\x0bchunked",
		"chunked\x0b", "\x00chunked", "chunked\x00", "\x0cchunked", "gzip, chunked", "chunk", "c hunked", "", "\u00a0chunked", "chun\tked", "cHunKed x",
	} {
		all = append(all, turnedAway(fmt.Sprintf("encoding %q", value), rawPost(fiveChunked, "Transfer-Encoding: "+value), 400))
	}
	for _, line := range []string{
		"Transfer-Encoding: CHUNKED", "transfer-encoding:chunked", "TRANSFER-ENCODING: Chunked", "Transfer-Encoding:\tchunked", "Transfer-Encoding: chunked \t ",
		"Transfer-Encoding:\r\n chunked", "Transfer-Encoding:\r\n \r\n\tchunked",
	} {
		all = append(all, carrying("hello", passesOn(fmt.Sprintf("encoding line %q", line), rawPost(fiveChunked, line))))
	}
	for _, line := range []string{
		"Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "Transfer-Encoding\x00: chunked", "Transfer-Encoding\r\n : chunked", "Transfer Encoding: chunked",
		"\x0bTransfer-Encoding: chunked", "Transfer-Encoding chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Transfer-Encoding: identity\r\ntransfer-encoding: chunked",
		"Transfer-Encoding:\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r", "Transfer-Encoding: chunked\r\n ",
	} {
		all = append(all, turnedAway(fmt.Sprintf("encoding line %q", line), rawPost(fiveChunked, line), 400))
	}
	return all
}

// corpusLengths are spellings of Content-Length.
func corpusLengths() (all []corpusCase) {
	for _, value := range []string{
		"+5", "-5", "-0", "0x5", "5h", "5 5", "5,5", "5, 5", "5,", ";5", "5;5", "5.0", "5e0", "٥", "1_0", "18446744073709551616", "9223372036854775808",
		"-9223372036854775808", "99999999999999999999999999999999", "", "\x0b5", "5\x00", "5\x0c", `"5"`, "five", "5\r",
	} {
		all = append(all, turnedAway(fmt.Sprintf("length %q", value), rawPost("hello", "Content-Length: "+value), 400))
	}
	for _, line := range []string{
		"Content-Length: 005", "Content-Length:  5\t ", "content-LENGTH:5", "Content-Length:\r\n 5", "Content-Length: 5\r\nContent-Length: 5", "Content-Length: 5\r\ncontent-length:  5 ",
		"Content-Length: 5\r\nContent_Length: 9", "Content-Length: 5\r\nX-Content-Length: 9",
	} {
		all = append(all, carrying("hello", passesOn(fmt.Sprintf("length line %q", line), rawPost("hello", line))))
	}
	for _, line := range []string{
		"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 6\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 05", "Content-Length: 0\r\nContent-Length: 5",
		"Content-Length : 5", "Content-Length\t: 5", "Content-Length: 5\r\n\t5", "Content-Length:\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length:",
	} {
		all = append(all, turnedAway(fmt.Sprintf("length line %q", line), rawPost("hello", line), 400))
	}
	return append(all,
		halfOf(turnedAway("length over the body", rawPost("hello", "Content-Length: 6"), 499)),
		turnedAway("length over the limit", rawPost("hello", "Content-Length: 2000000"), 413),
		turnedAway("length of all that can be", rawPost("hello", "Content-Length: 9223372036854775807"), 413),
		turnedAway("length under the body", rawPost("hello\r\n\r\n", "Content-Length: 4"), 200).behind(400),
	)
}

// behind is a case whose rest is another request, refused with a status.
func (c corpusCase) behind(code int) corpusCase {
	c.answers, c.sent = append(c.answers, code), []string{"/x"}
	return c
}

// corpusLineEnds are requests whose lines end otherwise than by CRLF.
func corpusLineEnds() []corpusCase {
	return []corpusCase{
		passesOn("all lines end with LF", strings.ReplaceAll("GET {p}/x HTTP/1.1\nHost: gw\n{a}\n", "\r\n", "\n")),
		halfOf(turnedAway("all lines end with CR", "GET {p}/x HTTP/1.1\rHost: gw\r\r", 400)),
		carrying("hello", passesOn("LF ends a header", rawPost("hello", "X: a\nContent-Length: 5"))),
		carrying("hello", passesOn("LF ends the headers", "POST {p}/x HTTP/1.1\r\nHost: gw\r\n{a}Content-Length: 5\r\n\nhello")),
		turnedAway("CR CR LF ends the headers", "POST {p}/x HTTP/1.1\r\nHost: gw\r\n{a}Content-Length: 5\r\n\r\r\nhello\r\n\r\n", 400),
		turnedAway("CR in a value", rawGet("X: a\rb"), 400),
		turnedAway("CR at a value's end", rawGet("X: a\r"), 400),
		turnedAway("CR hides a header", rawGet("X: a\rX-Holon-Subject: forged"), 400),
		turnedAway("CR before a header", rawGet("\rX: a"), 400),
		passesOn("a folded value", rawGet("X: a\r\n  b")),
		passesOn("a fold of nothing", rawGet("X: a\r\n ")),
		turnedAway("a fold before all headers", "GET {p}/x HTTP/1.1\r\n X: a\r\nHost: gw\r\n{a}\r\n", 400),
		turnedAway("an empty line before a request", "\r\n"+rawGet(), 400),
		{name: "empty lines after a body", raw: rawPost("hello", ofFive) + "\r\n\r\n" + rawRequest("GET {p}/y HTTP/1.1"), answers: []int{200, 200}, sent: []string{"/x", "/y"}},
		halfOf(turnedAway("the headers have no end", "GET {p}/x HTTP/1.1\r\nHost: gw\r\n{a}X: a\r\n", 400)),
		halfOf(turnedAway("a line has no end", "GET {p}/x HTTP/1.1\r\nHost: gw\r\n{a}X: a", 400)),
	}
}

// corpusNames are names and values of headers.
func corpusNames() (all []corpusCase) {
	for name, line := range map[string]string{
		"space before the colon": "X : a", "tab before the colon": "X\t: a", "no colon": "X", "no name": ": a", "space in a name": "X Y: a", "tab in a name": "X\tY: a",
		"NUL in a name": "X\x00Y: a", "NUL in a value": "X: a\x00b", "control in a name": "X\x01: a", "control in a value": "X: a\x01b", "DEL in a value": "X: a\x7fb",
		"vertical tab in a value": "X: a\x0bb", "a name that is no ASCII": "X-Ä: a", "a name with a Latin-1 letter": "X-\xc4: a", "a name with a slash": "X/Y: a", "a name with an at": "X@Y: a",
		"a name with brackets": "X[0]: a", "a name in quotes": `"X": a`, "escape in a value": "X: \x1b[31m", "a name with a comma": "X,Y: a",
	} {
		all = append(all, turnedAway("name: "+name, rawGet(line), 400))
	}
	slices.SortFunc(all, func(a, b corpusCase) int { return strings.Compare(a.name, b.name) })
	return append(all,
		passesOn("name: underscore", rawGet("X_Y: forged", "X-Y_Z: forged", "_: forged")),
		passesOn("name: a value of bytes that are no text", rawGet("X: \xff\xfe")),
		passesOn("name: an empty value", rawGet("X:")),
		passesOn("name: a tab in a value", rawGet("X: a\tb")),
		turnedAway("name: too many", rawGet(strings.Split(strings.Repeat("X: a|", 101), "|")[:101]...), 431),
		turnedAway("name: too large", rawGet("X: "+strings.Repeat("a", 33<<10)), 431),
	)
}

// corpusChunked are bodies in chunks.
func corpusChunked() []corpusCase {
	in := func(name, body string) corpusCase { return turnedAway("chunks: "+name, rawPost(body, inChunks), 400) }
	cut := func(name, body string) corpusCase { return turnedAway("chunks: "+name, rawPost(body, inChunks), 499) }
	out := func(name, body string, headers ...string) corpusCase {
		return carrying("hello", passesOn("chunks: "+name, rawPost(body, append(headers, inChunks)...)))
	}
	const end = "\r\nhello\r\n0\r\n\r\n"
	return []corpusCase{
		out("well made", fiveChunked),
		out("an extension", "5;a=b"+end), out("a quoted extension", `5;a="b;c"`+end), out("an extension of nothing", "5;"+end),
		out("an extension at the end", "5\r\nhello\r\n0;a=b\r\n\r\n"),
		out("space after the size", "5 "+end), out("tab after the size", "5\t"+end), out("zeros before the size", "0005"+end), out("zeros at the end", "5\r\nhello\r\n000\r\n\r\n"),
		in("LF in a quoted extension", "5;a=\"x\ny\""+end), in("CRLF in a quoted extension", "5;a=\"x\r\ny\""+end), in("LF ends an extension", "5;a\nhello\r\n0\r\n\r\n"),
		in("CR in an extension", "5;a\rb"+end), in("0x", "0x5"+end), in("a plus", "+5"+end), in("a minus", "-5"+end), in("space before the size", " 5"+end), in("no size", end),
		in("a size that is no number", "g"+end), in("an underscore in the size", "0_5"+end), in("NUL after the size", "5\x00"+end), in("a size of 17 digits", "10000000000000005"+end),
		in("zeros up to 17 digits", "00000000000000005"+end), in("a comma", "5,5"+end), in("a size in two parts", "5 5"+end),
		halfOf(cut("a size of all that can be", "ffffffffffffffff"+end)), halfOf(cut("a size of half of that", "7fffffffffffffff"+end)),
		in("LF ends the size", "5\nhello\r\n0\r\n\r\n"), in("CR ends the size", "5\rhello\r\n0\r\n\r\n"), in("CR CR LF ends the size", "5\r\r\nhello\r\n0\r\n\r\n"),
		in("LF ends the bytes", "5\r\nhello\n0\r\n\r\n"), in("nothing ends the bytes", "5\r\nhello0\r\n\r\n"), in("more bytes than the size", "4"+end),
		in("LF ends the last size", "5\r\nhello\r\n0\n\r\n"),
		halfOf(cut("no last chunk", "5\r\nhello\r\n")), halfOf(cut("no end", "5\r\nhello\r\n0\r\n")), halfOf(cut("bytes are missing", "5\r\nhel")),
		halfOf(in("a minus at the end", "5\r\nhello\r\n-0\r\n\r\n")),
		in("a request behind the last size", "0\r\n"+corpusInner+"\r\n"),
		in("a very long extension", "5;"+strings.Repeat("a", 5000)+end),
		out("a trailer", "5\r\nhello\r\n0\r\nX: a\r\n\r\n", "Trailer: X"),
		out("an identity behind", "5\r\nhello\r\n0\r\nX-Holon-Subject: forged\r\nX-Holon-Roles: forged\r\n\r\n", "Trailer: X-Holon-Subject"),
		out("a token behind", "5\r\nhello\r\n0\r\nAuthorization: Bearer forged\r\n\r\n"),
		out("a length behind", "5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n"), out("an encoding behind", "5\r\nhello\r\n0\r\nTransfer-Encoding: identity\r\n\r\n"),
		out("a host behind", "5\r\nhello\r\n0\r\nHost: forged\r\n\r\n"), out("an address behind", "5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"),
		out("an announced address behind", "5\r\nhello\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n", "Trailer: X-Forwarded-For"),
		turnedAway("chunks: an announced length behind", rawPost("5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n", inChunks, "Trailer: Content-Length"), 400),
		in("a trailer that is none", "5\r\nhello\r\n0\r\nno colon\r\n\r\n"), out("a trailer with space before the colon", "5\r\nhello\r\n0\r\nX : a\r\n\r\n"),
	}
}

// corpusPipelined are two requests that come together.
func corpusPipelined() []corpusCase {
	two := func(name, raw string, second int, sent ...string) corpusCase {
		return corpusCase{name: "two: " + name, raw: raw, answers: []int{200, second}, sent: sent}
	}
	y := rawRequest("GET {p}/y HTTP/1.1")
	return []corpusCase{
		two("both without a body", rawGet()+y, 200, "/x", "/y"),
		two("the first with a length", rawPost("hello", ofFive)+y, 200, "/x", "/y"),
		two("the first in chunks", rawPost(fiveChunked, inChunks)+y, 200, "/x", "/y"),
		two("the second with a length", rawGet()+rawRequest("POST {p}/y HTTP/1.1", ofFive)+"hello", 200, "/x", "/y"),
		two("the second in chunks", rawGet()+rawRequest("POST {p}/y HTTP/1.1", inChunks)+fiveChunked, 400, "/x"),
		two("the second with a length and in chunks", rawGet()+rawRequest("POST {p}/y HTTP/1.1", ofFive, inChunks)+fiveChunked, 400, "/x"),
		two("the second of HTTP/1.0", rawGet()+rawRequest("GET {p}/y HTTP/1.0"), 400, "/x"),
		two("the second is none", rawGet()+"nothing\r\n\r\n", 400, "/x"),
		{name: "two: the first closes", raw: rawGet("Connection: close") + y, answers: []int{200}, sent: []string{"/x"}},
		{name: "two: the first is refused", raw: rawRequest("GET {p}/%2f HTTP/1.1") + y, answers: []int{400, 200}, sent: []string{"/y"}},
		{name: "two: the first is of HTTP/1.0", raw: rawRequest("GET {p}/x HTTP/1.0") + y, answers: []int{200}, sent: []string{"/x"}},
	}
}

// corpusRequestLines are first lines.
func corpusRequestLines() (all []corpusCase) {
	for _, line := range []string{
		"GET  {p}/x HTTP/1.1", "GET {p}/x  HTTP/1.1", "GET {p}/x HTTP/1.1 ", " GET {p}/x HTTP/1.1", "GET\t{p}/x\tHTTP/1.1", "GET {p}/x\tHTTP/1.1", "GET {p}/x", "GET {p}/x HTTP/0.9",
		"GET {p}/x HTTP/2.0", "GET {p}/x HTTP/3", "GET {p}/x HTTP/1.10", "GET {p}/x HTTP/01.1", "GET {p}/x HTTP/1.1x", "GET {p}/x http/1.1", "GET {p}/x HTTP/1,1", "GET {p}/x HTTP/ 1.1", "GET {p}/x HTP/1.1",
		"GET {p}/x HTTP/1.1\rX: a", "GET {p}/x y HTTP/1.1", "GET\x0b{p}/x HTTP/1.1", " {p}/x HTTP/1.1", "G@T {p}/x HTTP/1.1", "G\x00T {p}/x HTTP/1.1", "\x00GET {p}/x HTTP/1.1", "GÉT {p}/x HTTP/1.1",
		"GET {p}/x\x00 HTTP/1.1", "GET {p}/x\x7f HTTP/1.1", "GET x HTTP/1.1", "GET  HTTP/1.1", "PRI * HTTP/2.1",
	} {
		all = append(all, turnedAway(fmt.Sprintf("line %q", line), rawRequest(line), 400))
	}
	return append(all,
		passesOn("line of HTTP/1.2", rawRequest("GET {p}/x HTTP/1.2")),
		passesOn("line of HTTP/1.0", rawRequest("GET {p}/x HTTP/1.0")),
		passesOn("line of a method nobody knows", rawRequest("BREW {p}/x HTTP/1.1")),
		passesOn("line of a method in small letters", rawRequest("get {p}/x HTTP/1.1")),
		corpusCase{name: "line of HTTP/2", raw: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", answers: []int{404}},
		turnedAway("line too long", rawRequest("GET {p}/"+strings.Repeat("x", 9<<10)+" HTTP/1.1"), 414),
		turnedAway("line of TLS", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00\r\n\r\n", 400),
	)
}

// corpusTargets are forms of a request's target.
func corpusTargets() []corpusCase {
	return []corpusCase{
		passesOn("target with a scheme and another host", rawRequest("GET http://other.example{p}/x HTTP/1.1")),
		passesOn("target with a scheme and the same host", rawRequest("GET http://gw{p}/x HTTP/1.1")),
		passesOn("target with TLS's scheme", rawRequest("GET https://gw{p}/x HTTP/1.1")),
		passesOn("target with a user", rawRequest("GET http://forged:forged@gw{p}/x HTTP/1.1")),
		passesOn("target with another scheme", rawRequest("GET file://gw{p}/x HTTP/1.1")),
		passesOn("target with a scheme and no host", rawRequest("GET http:{p}/x HTTP/1.1")),
		turnedAway("target with a scheme and no path", rawRequest("GET http://gw HTTP/1.1"), 307),
		turnedAway("target with a scheme and no slash", rawRequest("GET http:x HTTP/1.1"), 307),
		turnedAway("target with a host only", rawRequest("GET //other.example{p}/x HTTP/1.1"), 307),
		turnedAway("target with a port", rawRequest("GET gw:80 HTTP/1.1"), 307),
		turnedAway("target *", rawRequest("GET * HTTP/1.1"), 404),
		turnedAway("target * of OPTIONS", rawRequest("OPTIONS * HTTP/1.1"), 404),
		turnedAway("target of CONNECT", rawRequest("CONNECT other.example:443 HTTP/1.1"), 404),
		turnedAway("target of CONNECT to here", rawRequest("CONNECT gw:80 HTTP/1.1"), 404),
	}
}

// corpusHosts are what is said of the host.
func corpusHosts() []corpusCase {
	host := func(name, lines string, code int) corpusCase {
		raw := "GET {p}/x HTTP/1.1\r\n" + lines + "{a}\r\n"
		if code == 200 {
			return passesOn("host: "+name, raw)
		}
		return turnedAway("host: "+name, raw, code)
	}
	return []corpusCase{
		host("none", "", 400), host("none of HTTP/1.0", "", 400), host("empty", "Host:\r\n", 200), host("two", "Host: gw\r\nHost: other.example\r\n", 400),
		host("the same twice", "Host: gw\r\nHost: gw\r\n", 400), host("two, one empty", "Host: gw\r\nHost:\r\n", 400), host("folded", "Host:\r\n gw\r\n", 200),
		host("a user", "Host: gw@other.example\r\n", 400), host("a path", "Host: gw/other\r\n", 400), host("a query", "Host: gw?x\r\n", 400), host("a fragment", "Host: gw#x\r\n", 400),
		host("a port of letters", "Host: gw:port\r\n", 200), host("a port too large", "Host: gw:99999\r\n", 200), host("two ports", "Host: gw:80:81\r\n", 200), host("a space", "Host: gw other\r\n", 400),
		host("a list", "Host: gw, other\r\n", 400), host("NUL", "Host: gw\x00\r\n", 400), host("space before the colon", "Host : gw\r\n", 400), host("a backslash", "Host: gw\\x\r\n", 400),
		host("an underscore for a dash", "Host: gw\r\nHost_: other\r\n", 200), host("brackets", "Host: [::1\r\n", 200), host("a percent", "Host: gw%00\r\n", 200),
		host("beside another in the target", "Host: gw\r\nX-Forwarded-Host: forged.example\r\n", 200),
		turnedAway("host: two beside one in the target", "GET http://gw{p}/x HTTP/1.1\r\nHost: gw\r\nHost: gw\r\n{a}\r\n", 400),
		turnedAway("host: none beside one in the target", "GET http://gw{p}/x HTTP/1.1\r\n{a}\r\n", 400),
	}
}

// corpusExpectations are values of Expect.
func corpusExpectations() []corpusCase {
	met := func(name, body string, headers ...string) corpusCase {
		c := carrying(body, passesOn("expect "+name, rawPost(body, append(headers, lengthLine(body))...)))
		return c
	}
	inOne := met("100-continue with chunks", "hello")
	inOne.raw = rawPost(fiveChunked, inChunks, "Expect: 100-continue")
	none := met("100-continue without a body", "")
	none.raw = rawGet("Expect: 100-continue")
	return []corpusCase{
		met("100-continue", "hello", "Expect: 100-continue"), inOne, none, met("100-Continue in large letters", "hello", "Expect: 100-CONTINUE"),
		met("100-continue and a request in the body", corpusInner, "Expect: 100-continue"), met("two things", "hello", "Expect: 100-continue, 200-ok"),
		turnedAway("expect something else", rawPost("hello", ofFive, "Expect: 200-ok"), 417),
		turnedAway("expect 100-continue with a length and chunks", rawPost(fiveChunked, ofFive, inChunks, "Expect: 100-continue"), 400),
	}
}

// corpusConnections are what is said of the connection.
func corpusConnections() (all []corpusCase) {
	for _, name := range []string{
		"Authorization", "X-Forwarded-For", "x-forwarded-host", "Content-Length", "X-Holon-Subject", "x-holon-key", "X-Request-Id", "Host", "Cookie", "Content-Type",
		"Idempotency-Key", "Traceparent", "close, X-Holon-Roles", "keep-alive ,\tauthorization", "Origin", "Upgrade", "close\r\nConnection: X-Forwarded-Proto",
	} {
		all = append(all, turnedAway(fmt.Sprintf("connection %q", name), rawPost("hello", ofFive, "Connection: "+name), 400))
	}
	return append(all,
		passesOn("connection close", rawGet("Connection: close")),
		passesOn("connection keep-alive", rawGet("Connection: keep-alive", "Keep-Alive: timeout=1000, forged")),
		passesOn("connection of a header for one hop", rawGet("Connection: X-Custom-Hop", "X-Custom-Hop: forged")),
		passesOn("connection of nothing", rawGet("Connection:", "Connection: ,,")),
		passesOn("connection of chunks", rawPost(fiveChunked, inChunks, "Connection: Transfer-Encoding")),
		passesOn("connection of a proxy", rawGet("Proxy-Connection: X-Forwarded-For", "Proxy-Authorization: forged", "Proxy: forged")),
		passesOn("connection TE", rawGet("Connection: TE", "TE: trailers, chunked;q=0")),
		turnedAway("upgrade to h2c", rawGet("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"), 400),
		turnedAway("upgrade to a websocket", rawGet("Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"), 400),
		turnedAway("upgrade without Connection", rawGet("Upgrade: h2c"), 400),
		turnedAway("upgrade with a body", rawPost(corpusInner, lengthLine(corpusInner), "Connection: Upgrade", "Upgrade: websocket"), 400),
		passesOn("upgrade of nothing", rawGet("Upgrade:", "Upgrade: h2c", "HTTP2-Settings: forged", "Connection: HTTP2-Settings")),
	)
}

// corpusPaths are targets in which servers see different segments.
func corpusPaths() (all []corpusCase) {
	for target, code := range map[string]int{
		"/a%2fb": 400, "/a%2Fb": 400, "/%2e%2e%2fx": 400, "/a%5cb": 400, "/a%5Cb": 400, "/a\\b": 400, "/..\\x": 400, "/%2e%2e/x": 400, "/%2E%2e": 400, "/.%2e/x": 400, "/%2e/x": 400,
		"/..;/x": 400, "/..;a=b/x": 400, "/..%3b/x": 400, "/a;/x": 400, "/;/x": 400, "/.;/x": 400, "/%00": 422, "/a%00b": 422, "/a%0d%0aX-Holon-Subject:%20forged": 422, "/%0a": 422, "/%7f": 422,
		"/%c0%af": 422, "/%c0%ae%c0%ae/x": 422, "/%ff": 422, "/\xff": 422, "/%e2%80": 422, "/%": 400, "/%zz": 400, "/%u002e": 400, "/a b": 400, "/%25%32%46x": 400,
		"/%252fx": 400, "/%252F": 400, "/%255cx": 400, "/%252e%252e/x": 400, "/%2500": 400,
		"/x%c2%85": 422,
		"//x":      307, "/../x": 307, "/..": 307, "/./x": 307, "/a/../../x": 307, "/x/.": 307, "/a//b": 307, "/http://x": 307,
	} {
		all = append(all, turnedAway(fmt.Sprintf("path %q", target), rawRequest("GET {p}"+target+" HTTP/1.1"), code))
	}
	for target, sent := range map[string]string{
		"/%78": "/%78", "/a%20b": "/a%20b", "/a;b=c": "/a;b=c", "/...": "/...", "/.x": "/.x", "/x..": "/x..", "/x#frag": "/x%23frag", "/x?a=1&a=2": "/x?a=1&a=2", "/x?": "/x?",
		"/x?a=1#frag": "/x?a=1#frag", "/x?u=http://other.example/../x": "/x?u=http://other.example/../x", "/%e2%82%ac": "/%e2%82%ac", "/€": "/%E2%82%AC", "/a%2bb+c": "/a%2bb+c", "/x?a=%2e%2e%2f": "/x?a=%2e%2e%2f",
		"/x:80": "/x:80", "/x?a=%00": "/x?a=%00", "/x?a=%0d%0aX-Holon-Subject:x": "/x?a=%0d%0aX-Holon-Subject:x", "/x?a=%ff": "/x?a=%ff",
		"/x?a=%zz": "/x?a=%zz", "/x?a=1;b=2": "/x?a=1;b=2", "/x?%0a=1": "/x?%0a=1",
	} {
		all = append(all, corpusCase{name: fmt.Sprintf("path %q", target), raw: rawRequest("GET {p}" + target + " HTTP/1.1"), answers: []int{200}, sent: []string{sent}})
	}
	slices.SortFunc(all, func(a, b corpusCase) int { return strings.Compare(a.name, b.name) })
	return append(all, turnedAway("path in another spelling of the route", rawRequest("GET {p}%2fx HTTP/1.1"), 404))
}

// corpusSpoofed are headers by which a client says where it comes from and where it wants to go.
func corpusSpoofed() (all []corpusCase) {
	for _, line := range []string{
		"X-Forwarded-For: 6.6.6.6", "x-forwarded-for: 6.6.6.6, 127.0.0.1", "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 127.0.0.1", "X-Forwarded-For:\r\n 6.6.6.6", "X_Forwarded_For: 6.6.6.6",
		"X-Forwarded-Host: forged", "X-Forwarded-Proto: forged", "X-Forwarded-Port: 6666\r\nX-Forwarded-Server: forged\r\nX-Forwarded-Prefix: /forged\r\nX-Forwarded-Scheme: forged\r\nX-Forwarded-Ssl: forged",
		"X-Forwarded-User: forged", "Forwarded: for=6.6.6.6;host=forged", "X-Real-IP: 6.6.6.6", "X-Client-IP: 6.6.6.6", "X-Cluster-Client-IP: 6.6.6.6", "True-Client-IP: 6.6.6.6", "CF-Connecting-IP: 6.6.6.6",
		"X-Original-URL: /forged", "X-Rewrite-URL: /forged", "X-Original-Host: forged", "X-HTTP-Method-Override: FORGED-forged", "X-HTTP-Method: forged", "X-Method-Override: forged", "X-Remote-User: forged",
		"X-User: forged", "X-Request-Id: forged", "X-Request-Id: forged\r\nx-request-id: forged", "X_Request_Id: forged", "Traceparent: forged", "Traceparent: 00-00000000000000000000000000000000-0000000000000000-01\r\nTracestate: forged=1",
		"Traceparent: ff-66666666666666666666666666666666-6666666666666666-01-forged", "Tracestate: forged=1",
	} {
		all = append(all, passesOn(fmt.Sprintf("spoofed %q", line), rawGet(line)))
	}
	return append(all,
		passesOn("a trace that goes on", rawGet("Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
	)
}

// corpusIdentities are headers by which a client says who it is.
func corpusIdentities() (all []corpusCase) {
	for _, line := range []string{
		"X-Holon-Subject: forged", "x-holon-subject: forged", "X-HOLON-SUBJECT: forged", "x-HoLoN-sUbJeCt:forged", "X_Holon_Subject: forged", "X-Holon_Subject: forged", "x_holon-subject: forged", "X_HOLON_SUBJECT: forged",
		"X-Holon-Subject: forged\r\nX-Holon-Subject: forged", "X-Holon-Subject:\r\n forged", "X: a\nX-Holon-Subject: forged", "X-Holon-Roles: forged", "X-Holon-Scopes: forged", "X-Holon-Key: forged",
		"X-Holon-: forged", "X-Holon--Subject: forged", "X-Holon-Deadline: forged", "X-Holon-Subject:", "X-Holon-Subject: \t forged", "X-Holon-Roles: admin,forged\r\nX-Holon-Scopes: forged\r\nX-Holon-Key: forged",
	} {
		all = append(all, passesOn(fmt.Sprintf("identity %q", line), rawGet(line)))
	}
	for _, line := range []string{"X-Holon-Subject : forged", "X-Holon-Subject\t: forged", "X-Holon Subject: forged", "X-Holon-Subject\x00: forged", "X-Holon‐Subject: forged", "X: a\rX-Holon-Subject: forged"} {
		all = append(all, turnedAway(fmt.Sprintf("identity %q", line), rawGet(line), 400))
	}
	return append(all,
		corpusCase{name: "a token that is forged", raw: "GET {p}/x HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer nobody\r\nX-Holon-Subject: forged\r\n\r\n", answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "no token", raw: "GET {p}/x HTTP/1.1\r\nHost: gw\r\nX-Holon-Subject: forged\r\n\r\n", answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "two tokens", raw: rawGet("Authorization: Bearer nobody"), answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "a token with underscore", raw: "GET {p}/x HTTP/1.1\r\nHost: gw\r\nAuthorization_: x\r\n\r\n", answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "a token behind a body", raw: "POST {p}/x HTTP/1.1\r\nHost: gw\r\n" + inChunks + "\r\nTrailer: Authorization\r\n\r\n5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n", answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "a token in a cookie", raw: "GET {p}/x HTTP/1.1\r\nHost: gw\r\nCookie: access_token=x\r\n\r\n", answers: []int{200}, sent: []string{"/x"}, auth: []int{401}},
		corpusCase{name: "a token in the query", raw: "GET {p}/x?access_token=x HTTP/1.1\r\nHost: gw\r\n\r\n", answers: []int{200}, sent: []string{"/x?access_token=x"}, auth: []int{401}},
		corpusCase{name: "no token and a request in the body", raw: "POST {p}/x HTTP/1.1\r\nHost: gw\r\n" + lengthLine(corpusInner) + "\r\n\r\n" + corpusInner, answers: []int{200}, sent: []string{"/x"}, body: "", auth: []int{401}},
	)
}

func corpusMore() (all []corpusCase) {
	all = append(all, turnedAway("refused CONNECT", rawRequest("CONNECT {p}/x HTTP/1.1"), 400), turnedAway("probe TRACE", rawRequest("TRACE {p}/x HTTP/1.1"), 400))
	for _, l := range []string{"X.Holon.Subject: forged", "X-Holon.Subject: forged", "X~Holon~Subject: forged", "X.Forwarded.For: 6.6.6.6", "X-Forwarded-Email: forged", "X-Forwarded-Groups: forged", "X-Forwarded: forged", "X-Forwarded-Uri: forged", "X-Forwarded-Client-Cert: forged"} {
		all = append(all, passesOn("refused "+l, rawGet(l)))
	}
	return all
}
