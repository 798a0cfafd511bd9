package web

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/status"
)

// RequestIDHeader carries the id that the edge gives to every request. A client's own is not taken over: it would be
// a way to write into our logs.
const RequestIDHeader = "X-Request-Id"

// ServeHTTP is the door: it names the request, refuses what is too large to look at, and keeps a panic from being more
// than one failed request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(RequestIDHeader, requestID())
	r = r.WithContext(withTrace(r.Context(), r.Header))
	defer a.recoverPanic(w, r)
	switch {
	case len(r.RequestURI) > a.limits.MaxURL:
		writeProblem(w, r, newProblem(r.Context(), http.StatusRequestURITooLong,
			fmt.Sprintf("the request's target is over %d bytes", a.limits.MaxURL)))
	case fields(r.Header) > a.limits.MaxHeaderFields:
		writeProblem(w, r, newProblem(r.Context(), http.StatusRequestHeaderFieldsTooLarge,
			fmt.Sprintf("the request has over %d header fields", a.limits.MaxHeaderFields)))
	default:
		a.mux.ServeHTTP(w, r)
	}
}

// recoverPanic answers 500 and logs the stack. A panic by which net/http is told to drop the connection goes on.
func (a *API) recoverPanic(w http.ResponseWriter, r *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		a.log.ErrorContext(r.Context(), "request panicked", "err", p, "stack", string(debug.Stack()))
		writeProblem(w, r, ProblemOf(r.Context(), status.New(status.Internal, "", "internal error")))
	}
}

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
