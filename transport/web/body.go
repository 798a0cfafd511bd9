package web

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holon/transport/contract"
	"holon/transport/status"
)

// take reads the whole body, and with it the Idempotency-Key of a route that has one, before anything looks inside.
func (a *API) take(keyed bool) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(c)
		var once contract.Once
		var err error
		if keyed {
			once.Key, err = keyOf(r.Header)
		}
		var body []byte
		if err == nil {
			began := time.Now()
			body, err = a.readBody(r)
			w.(*answer).visit.waited = time.Since(began)
		}
		if err != nil {
			a.refuse(c, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		plainMediaType(r.Header)
		if once.Key != "" {
			once.Fingerprint = fingerprint(r.URL, body)
			c = huma.WithValue(c, onceKey{}, &asked{once: once})
		}
		next(c)
	}
}

// readBody reads a whole body within the limit. The server's read deadline bounds the time.
func (a *API) readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > a.limits.MaxBody {
		return nil, a.tooLarge() // unread, and a client that waits for 100 Continue does not even send it
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, a.limits.MaxBody+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, status.New(status.Malformed, "request_timeout", "the request body did not arrive in time")
	case err != nil:
		return nil, status.New(status.Malformed, "", "the request body could not be read")
	case int64(len(body)) > a.limits.MaxBody:
		return nil, a.tooLarge()
	}
	return body, nil
}

func (a *API) tooLarge() error {
	a.metrics.refused.count(maxBody)
	return status.New(status.TooLarge, "", "the request body is over %d bytes", a.limits.MaxBody)
}

// plainMediaType leaves of the content type what formats are found by: "Application/JSON ; charset=utf-8" is JSON.
func plainMediaType(h http.Header) {
	given := h.Get("Content-Type")
	if given == "" || given == "application/json" {
		return
	}
	if mediaType, _, err := mime.ParseMediaType(given); err == nil {
		h.Set("Content-Type", mediaType)
	}
}

// timeBody bounds the arrival of a body in front of every handler, also of those that never look at one: before it
// answers, net/http reads what the handler left. It takes every deadline off when the request has ended, which without
// a body it has: reaching one would cancel a handler that takes its time.
func timeBody(w http.ResponseWriter, r *http.Request, l Limits) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(l.bodyTime(r.ContentLength))) // reading says so
	}
}
