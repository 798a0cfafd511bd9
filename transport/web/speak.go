package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// speak puts a problem in the place of the text that net/http answers by itself where a request could not be read. It
// writes such an answer in one piece, before any handler was called, and closes the connection. Anything else passes
// as it is.
func (c *conn) speak(p []byte) (int, error) {
	httpStatus, ok := ownAnswer(p)
	if !ok {
		return c.Conn.Write(p)
	}
	met, problem := unread(httpStatus)
	c.met(met)
	body, err := json.Marshal(problem)
	if err != nil {
		return 0, fmt.Errorf("encode a problem: %w", err)
	}
	// Before it closes the connection, net/http reads what a client is still sending, as if a handler had been there.
	_ = c.SetReadDeadline(time.Now().Add(lineTime(0))) // reading says so
	_, err = fmt.Fprintf(c.Conn, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n%s",
		problem.Status, problem.Title, time.Now().UTC().Format(http.TimeFormat), problemType, len(body), body)
	return len(p), err
}

// ownAnswer returns the status of an answer that net/http made.
func ownAnswer(p []byte) (httpStatus int, ok bool) {
	const version = "HTTP/1.1 " // or HTTP/1.0, where the request was
	if len(p) < len(version)+3 || !bytes.HasPrefix(p, []byte("HTTP/1.")) {
		return 0, false
	}
	httpStatus, err := strconv.Atoi(string(p[len(version) : len(version)+3]))
	return httpStatus, err == nil && httpStatus >= 400
}

// unread returns what a request met that net/http has refused. It calls what it does not speak 501 and 505, which would
// be faults of ours; they are the client's.
func unread(httpStatus int) (limit, *Problem) {
	p := &Problem{Type: "about:blank", Status: http.StatusBadRequest, Detail: "the request is not HTTP/1.1 as it should be"}
	met := malformed
	switch httpStatus {
	case http.StatusRequestHeaderFieldsTooLarge:
		p.Status, p.Detail, met = httpStatus, "the request's headers are too large", maxHeaderSize
	case http.StatusExpectationFailed: // nobody sends it, and it has no limit of its own
		p.Status, p.Detail = httpStatus, "the only expectation that can be met is 100-continue"
	case http.StatusNotImplemented:
		p.Detail = "the request's body is encoded in a way that is not known here"
		p.Hint = "send a Content-Length, or Transfer-Encoding: chunked"
	case http.StatusHTTPVersionNotSupported:
		p.Detail = "the request is of a version of HTTP that is not spoken here"
		p.Hint = "send HTTP/1.1"
	}
	p.Title, p.Code = http.StatusText(p.Status), codeName(p.Status)
	return met, p
}
