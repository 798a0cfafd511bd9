package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// attempt is one request on its way to one instance, as net/http tells of it: its transport sends some requests once more by
// itself, where a connection that was used before is closed, and cannot know that they may not be.
type attempt struct {
	// sent says that the instance may have it.
	sent atomic.Bool
}

// errTwice ends an attempt that would be made twice.
var errTwice = errors.New("the connection broke behind the request")

// smallBody is the size of a body, in bytes, that goes out at once with its headers: of one that could not be written, nothing
// has arrived.
const smallBody = 4 << 10

// try sends the request and says whether the instance may have it. Its context ends with the request's.
// Where it may be made again, nobody needs to know, and what net/http would never send twice by itself needs no watching.
func (t *trip) try(transport http.RoundTripper, out *http.Request) (resp *http.Response, sent bool, err error) {
	if t.repeatable || !replayed(out) {
		resp, err = transport.RoundTrip(out)
		return resp, false, err
	}
	ctx, cancel := context.WithCancelCause(out.Context())
	var a attempt
	small := out.ContentLength >= 0 && out.ContentLength <= smallBody
	trace := &httptrace.ClientTrace{
		GetConn: func(string) {
			if a.sent.Load() {
				cancel(errTwice)
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil || !small {
				a.sent.Store(true)
			}
		},
	}
	resp, err = transport.RoundTrip(out.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil && errors.Is(context.Cause(ctx), errTwice) {
		err = errTwice
	}
	return resp, a.sent.Load(), err
}

// replayed reports whether net/http's transport may send a request once more by itself (see http.Transport).
func replayed(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}
