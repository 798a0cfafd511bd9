package web

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
)

// answer is a response that remembers whether it has begun, and with which status.
type answer struct {
	http.ResponseWriter
	// status is 0 until the answer begins.
	status int
	// lame is a server's that may be stopping, nil outside of one.
	lame *atomic.Bool
	// visit is what the edge knows of the request.
	visit visit
}

// WriteHeader begins the answer.
func (a *answer) WriteHeader(code int) {
	if a.status == 0 || a.status < 200 && a.status != http.StatusSwitchingProtocols {
		a.begin(code) // a provisional answer is not the answer
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write begins the answer with 200 where nothing else did.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.begin(http.StatusOK)
	}
	return a.ResponseWriter.Write(p)
}

// FlushError sends what there is, which begins the answer too. http.ResponseController finds it.
func (a *answer) FlushError() error {
	if a.status == 0 {
		a.begin(http.StatusOK)
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// begin tells the client of a server that stops to come back on another connection.
func (a *answer) begin(code int) {
	a.status = code
	if a.lame != nil && a.lame.Load() {
		a.Header().Set("Connection", "close")
	}
}

// Hijack hands the connection over to another protocol.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil {
		a.status = http.StatusSwitchingProtocols
	}
	return c, rw, err
}

// Unwrap lets http.ResponseController find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
