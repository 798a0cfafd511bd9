package web

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/status"
)

// RequestIDHeader carries the id that the edge gives to every request. A client's own is not taken over: it would be
// a way to write into our logs.
const RequestIDHeader = "X-Request-Id"

// ServeHTTP is the door: it names the request, refuses what is too large to look at or no text, and keeps a panic from
// being more than one failed request.
func (a *API) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w := &answer{ResponseWriter: rw}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(RequestIDHeader, requestID())
	r = r.WithContext(withTrace(r.Context(), r.Header))
	writeBy(w, a.limits.bodyTime(r.ContentLength)+a.limits.RequestTimeout+writeGrace)
	defer a.recoverPanic(w, r)
	switch {
	case len(r.RequestURI) > a.limits.MaxURL:
		a.turnAway(w, r, newProblem(r.Context(), http.StatusRequestURITooLong,
			fmt.Sprintf("the request's target is over %d bytes", a.limits.MaxURL)))
	case fields(r.Header) > a.limits.MaxHeaderFields:
		a.turnAway(w, r, newProblem(r.Context(), http.StatusRequestHeaderFieldsTooLarge,
			fmt.Sprintf("the request has over %d header fields", a.limits.MaxHeaderFields)))
	case !readable(r.URL):
		a.turnAway(w, r, ProblemOf(r.Context(), status.New(status.Invalid, "", "the request's path or query is not text")))
	default:
		a.mux.ServeHTTP(w, r)
	}
}

// turnAway answers a request that comes to no route, and counts it: of such come the storms.
func (a *API) turnAway(w http.ResponseWriter, r *http.Request, p *Problem) {
	a.metrics.requests.WithLabelValues("none", "none", strconv.Itoa(p.Status)).Inc()
	writeProblem(w, r, p)
}

// recoverPanic answers 500 and logs the stack. A panic by which net/http is told to drop the connection goes on, and
// one in the middle of an answer becomes that: half an answer must not look whole.
func (a *API) recoverPanic(w *answer, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if err, ok := p.(error); ok && (errors.Is(err, http.ErrAbortHandler) || lost(err)) {
		panic(http.ErrAbortHandler)
	}
	a.log.ErrorContext(r.Context(), "request panicked", "err", p, "stack", string(debug.Stack()))
	if w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, r, ProblemOf(r.Context(), status.New(status.Internal, "", "internal error")))
}

// lost reports whether an answer could not be written, which huma panics of. Clients that go away are no event.
func lost(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// readable reports whether path and query are text. Databases refuse what is not, as if it were a fault of ours.
func readable(u *url.URL) bool {
	if !text(u.Path) {
		return false
	}
	if u.RawQuery == "" {
		return true
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	for name, values := range query {
		if !text(name) || slices.ContainsFunc(values, func(v string) bool { return !text(v) }) {
			return false
		}
	}
	return true
}

func text(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }

func fields(h http.Header) int {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n
}

func requestID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil.String() // no randomness left: the request matters more than its name
	}
	return id.String()
}

// withTrace joins the trace that the client sent or begins one of its own. The ids need to be unlikely to meet, not
// hard to guess.
func withTrace(ctx context.Context, h http.Header) context.Context {
	if h.Get("Traceparent") != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(h))
		if trace.SpanContextFromContext(ctx).IsValid() {
			return ctx
		}
	}
	var traceID trace.TraceID
	var spanID trace.SpanID
	binary.LittleEndian.PutUint64(traceID[:8], rand.Uint64()|1) // an id of zeros is no id
	binary.LittleEndian.PutUint64(traceID[8:], rand.Uint64())
	binary.LittleEndian.PutUint64(spanID[:], rand.Uint64()|1)
	return trace.ContextWithSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID}))
}
