package adapter

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"time"
)

// answer is what a handler writes its answer to.
type answer struct {
	http.ResponseWriter
	// upgrades says that the request asks for another protocol.
	upgrades bool
	// status is 0 until the answer begins.
	status int
}

// WriteHeader begins the answer, without what is not a handler's to say.
func (a *answer) WriteHeader(code int) {
	if a.status != 0 {
		a.ResponseWriter.WriteHeader(code) // who knows what to say of it
		return
	}
	a.tidy(code)
	if code >= 200 || code == http.StatusSwitchingProtocols {
		a.status = code
	}
	a.ResponseWriter.WriteHeader(code)
}

// tidy takes headers out of the answer that are for one connection only, or look like ours.
func (a *answer) tidy(code int) {
	h := a.Header()
	if code != http.StatusSwitchingProtocols {
		dropHop(h)
	}
	for name := range h {
		if strings.HasPrefix(http.CanonicalHeaderKey(name), Ours) {
			delete(h, name)
		}
	}
}

// Write begins the answer with 200 where nothing else did.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// FlushError sends what there is.
func (a *answer) FlushError() error {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Flush is FlushError for handlers that know http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() } // an http.Flusher has nobody to tell

// Hijack hands the connection over to another protocol.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !a.upgrades {
		return nil, nil, http.ErrNotSupported
	}
	c, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil {
		a.status = http.StatusSwitchingProtocols
	}
	return c, rw, err
}

// SetWriteDeadline takes a deadline off that nobody has set, as handlers do that stream; others are the gateway's.
func (a *answer) SetWriteDeadline(t time.Time) error { return deadline(t) }

// SetReadDeadline is like SetWriteDeadline.
func (a *answer) SetReadDeadline(t time.Time) error { return deadline(t) }

func deadline(t time.Time) error {
	if t.IsZero() {
		return nil
	}
	return http.ErrNotSupported
}
