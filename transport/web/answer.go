package web

import "net/http"

// answer is a response that remembers whether it has begun, and with which status.
type answer struct {
	http.ResponseWriter
	// status is 0 until the answer begins.
	status int
}

// WriteHeader begins the answer.
func (a *answer) WriteHeader(code int) {
	if a.status == 0 {
		a.status = code
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write begins the answer with 200 where nothing else did.
func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
