package proxy

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// errTwice ends an attempt that would be made twice.
var errTwice = errors.New("the connection broke behind the request")

// smallBody is the size of a body, in bytes, that goes out at once with its headers: of one that could not be written, nothing
// has arrived.
const smallBody = 4 << 10

// try sends the request, once where it may not be made again: net/http's transport sends some once more by itself, where a
// connection that was used before is closed, and cannot know. Sent says, of those that are watched for it, that the instance may
// have it.
func (t *trip) try(transport http.RoundTripper, out *http.Request) (resp *http.Response, sent bool, err error) {
	if t.repeatable || !replayed(out) {
		resp, err = transport.RoundTrip(out)
		return resp, false, err
	}
	ctx, cancel := context.WithCancelCause(out.Context())
	var wrote atomic.Bool
	small := out.ContentLength >= 0 && out.ContentLength <= smallBody
	trace := &httptrace.ClientTrace{
		GetConn: func(string) {
			if wrote.Load() {
				cancel(errTwice)
			}
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil || !small {
				wrote.Store(true)
			}
		},
	}
	resp, err = transport.RoundTrip(out.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil && errors.Is(context.Cause(ctx), errTwice) {
		err = errTwice
	}
	return resp, wrote.Load(), err
}

// replayed reports whether net/http's transport may send a request once more by itself (see http.Transport).
func replayed(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return r.Header["Idempotency-Key"] != nil || r.Header["X-Idempotency-Key"] != nil
}
