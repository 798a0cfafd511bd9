package web

import (
	"bytes"
	"net/http"

	"holon/transport/status"
)

// framing is how a request says where its body ends. One that says it twice is how requests are smuggled past a proxy
// that believes the other one: net/http believes Transfer-Encoding and forgets that there was a Content-Length, so
// this looks at what arrives. It may go on for longer than the headers, and never ends before them.
type framing struct {
	// line is the beginning of the header line that is arriving, length is how much of the line there is.
	line   [len("transfer-encoding:")]byte
	length int
	// more says that there is more in the line than carriage returns.
	more bool

	sized, chunked bool
	// begun says that a line has passed, for there may be empty ones before the first; whole, that all headers have.
	begun, whole bool
	// unseen requests came together with the one before, in whole or in part, and were not looked at.
	unseen bool
}

// look reads on. What follows the headers is none of its business.
func (f *framing) look(p []byte) {
	for !f.whole && len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		part := p
		if end >= 0 {
			part = p[:end]
		}
		if f.length < len(f.line) {
			copy(f.line[f.length:], part)
		}
		f.length += len(part)
		f.more = f.more || len(bytes.TrimLeft(part, "\r")) > 0
		if end < 0 {
			return
		}
		f.ended()
		p = p[end+1:]
	}
}

// ended takes a line that is there.
func (f *framing) ended() {
	line := f.line[:min(f.length, len(f.line))]
	switch {
	case !f.more:
		// net/http passes over carriage returns before a request. Within one it takes a single one for the end of the
		// headers and refuses more.
		f.whole = f.begun && len(line) <= 1
	case bytes.EqualFold(line, []byte("transfer-encoding:")):
		f.chunked = true
	case bytes.EqualFold(line[:min(len(line), len("content-length:"))], []byte("content-length:")):
		f.sized = true
	}
	f.begun = f.begun || f.more
	f.length, f.more = 0, false
}

// fault returns what is wrong with the way in which a request says where its body ends, nil for nothing.
//
// One that came together with the request before it has not been looked at, so it could say it twice. Nobody but a proxy
// that sends requests ahead makes that, which is just who could be deceived, and closing the connection behind the answer
// would be too late: the body may have swallowed what another client sent. So it may not be chunked; with a length alone
// net/http and the proxy agree. HTTP/1.0 has no chunks: net/http would pass over the header and take the body for the
// next request.
func (f *framing) fault(r *http.Request) error {
	old := !r.ProtoAtLeast(1, 1)
	switch {
	case f.sized && f.chunked:
		return status.New(status.Malformed, "", "the request has both Content-Length and Transfer-Encoding")
	case f.chunked && old:
		return status.New(status.Malformed, "", "an HTTP/1.0 request cannot have Transfer-Encoding")
	case f.unseen && (old || len(r.TransferEncoding) > 0):
		return status.New(status.Malformed, "", "a request of HTTP/1.0 or with Transfer-Encoding came before the one ahead of it was answered").
			With(status.DetailHint, "wait for the answer, or send a Content-Length by HTTP/1.1")
	default:
		return nil
	}
}
