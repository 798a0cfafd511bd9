package proxy

import (
	"bufio"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
)

// direct is what a handler of this process writes its answer to: the client's connection, for as long as somebody waits for the answer.
type direct struct {
	handler *handler
	errand  *errand
	to      http.ResponseWriter
	// header is the handler's own until the answer begins.
	header http.Header

	mu     sync.Mutex
	status int
	left   bool
}

func (d *direct) Header() http.Header { return d.header }

// WriteHeader begins the answer.
func (d *direct) WriteHeader(code int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left {
		return
	}
	if code < 200 && code != http.StatusSwitchingProtocols {
		d.provisional(code)
		return
	}
	d.begin(code)
}

// provisional passes an answer on that is not the last.
func (d *direct) provisional(code int) {
	if code == http.StatusContinue {
		return // the client is told when its own body is read
	}
	h := d.to.Header()
	own := h.Clone()
	defer func() { // also where there is no such status, of which net/http panics
		clear(h)
		maps.Copy(h, own)
	}()
	d.merge(d.header.Clone())
	d.to.WriteHeader(code)
}

// begin is called with mu held.
func (d *direct) begin(code int) {
	if d.status != 0 {
		d.to.WriteHeader(code) // net/http has something to say of it
		return
	}
	d.status = code
	said := d.header.Clone()
	d.handler.answered(d.errand, code, said)
	d.merge(said)
	d.to.WriteHeader(code)
}

// merge adds what the handler says to what the gateway has said.
func (d *direct) merge(said http.Header) {
	h := d.to.Header()
	for name, values := range said {
		switch {
		case len(values) > 0:
			h[name] = append(h[name], values...)
		case name == "Content-Type":
			h[name] = nil // it wants none, and no guess either
		}
	}
}

// Write begins the answer with 200 where nothing else did.
func (d *direct) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left {
		return 0, http.ErrHandlerTimeout
	}
	if d.status == 0 {
		d.begin(http.StatusOK)
	}
	return d.to.Write(p)
}

// FlushError sends what there is.
func (d *direct) FlushError() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left {
		return http.ErrHandlerTimeout
	}
	if d.status == 0 {
		d.begin(http.StatusOK)
	}
	return http.NewResponseController(d.to).Flush()
}

// Hijack hands the client's connection over.
func (d *direct) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.left {
		return nil, nil, http.ErrHandlerTimeout
	}
	c, rw, err := http.NewResponseController(d.to).Hijack()
	if err == nil {
		d.status = http.StatusSwitchingProtocols
		d.errand.began()
		d.errand.leave(d.status)
	}
	return c, rw, err
}

// finish ends an answer whose handler has returned: one that has said nothing says 200, and trailers are known only now.
func (d *direct) finish() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.status == 0 {
		d.begin(http.StatusOK)
	}
	if d.status == http.StatusSwitchingProtocols {
		return
	}
	h := d.to.Header()
	for _, line := range d.header["Trailer"] {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(strings.TrimSpace(name))
			if values := d.header[name]; len(values) > 0 {
				h[name] = values
			}
		}
	}
	for name, values := range d.header {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			h[name] = values
		}
	}
	d.left = true
}

// leave has nothing of the handler's come to the client any more, and reports whether the answer has begun.
func (d *direct) leave() (begun bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = true
	return d.status != 0
}
