package adapter

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// answer is what a handler writes its answer to, until it has returned: what somebody of its own writes later would land in
// somebody else's answer.
type answer struct {
	to http.ResponseWriter
	// upgrade is the protocol that the request asks for, "" for none.
	upgrade string

	mu sync.Mutex
	// status is 0 until the answer begins.
	status int
	over   bool
	// conn was handed over to another protocol.
	conn net.Conn
}

// Header is the handler's until the answer begins.
func (a *answer) Header() http.Header { return a.to.Header() }

// WriteHeader begins the answer, without what is not a handler's to say.
func (a *answer) WriteHeader(code int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.begin(code)
}

// begin is called with mu held.
func (a *answer) begin(code int) {
	if a.over {
		return
	}
	if a.status != 0 {
		a.to.WriteHeader(code) // net/http has something to say of it
		return
	}
	if code == http.StatusSwitchingProtocols && (a.upgrade == "" || !strings.EqualFold(a.upgrade, a.Header().Get("Upgrade"))) {
		code = http.StatusInternalServerError // nobody has asked for that protocol
	}
	a.tidy(code)
	if code >= 200 || code == http.StatusSwitchingProtocols {
		a.status = code
	}
	a.to.WriteHeader(code)
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
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return 0, http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.begin(http.StatusOK)
	}
	return a.to.Write(p)
}

// FlushError sends what there is.
func (a *answer) FlushError() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over {
		return http.ErrHandlerTimeout
	}
	if a.status == 0 {
		a.begin(http.StatusOK)
	}
	return http.NewResponseController(a.to).Flush()
}

// Flush is FlushError for handlers that know http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() } // an http.Flusher has nobody to tell

// Hijack hands the connection over to another protocol.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.upgrade == "" || a.over {
		return nil, nil, http.ErrNotSupported
	}
	c, rw, err := http.NewResponseController(a.to).Hijack()
	if err == nil {
		a.status, a.conn = http.StatusSwitchingProtocols, c
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

// begun is the status, 0 for an answer that has not begun.
func (a *answer) begun() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

// finish takes the answer away from its handler, which has returned.
func (a *answer) finish() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.status == 0 {
		a.tidy(http.StatusOK) // the server is about to begin it
	}
	a.over = true
}

// hangUp ends a connection that was handed over: nobody else would.
func (a *answer) hangUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.conn != nil {
		_ = a.conn.Close() // its handler finds out
	}
}
