package web

import "bytes"

// framing is how a request says where its body ends. One that says it twice is how requests are smuggled past a proxy
// that believes the other one: net/http believes Transfer-Encoding and forgets that there was a Content-Length, so
// this looks at what arrives.
type framing struct {
	// line is the beginning of the header line that is arriving, length is how much of the line there is.
	line   [len("transfer-encoding:")]byte
	length int

	sized, chunked bool
	// begun says that a line has passed, for there may be empty ones before the first; whole, that all headers have.
	begun, whole bool
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
	case len(line) == 0 || len(line) == 1 && line[0] == '\r':
		f.whole = f.begun
	case bytes.EqualFold(line, []byte("transfer-encoding:")):
		f.chunked = true
	case bytes.EqualFold(line[:min(len(line), len("content-length:"))], []byte("content-length:")):
		f.sized = true
	}
	f.begun = f.begun || len(line) > 1
	f.length = 0
}

// twice reports whether the request says it in both ways.
func (f *framing) twice() bool { return f.sized && f.chunked }
