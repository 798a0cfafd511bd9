package web

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"holon/transport/status"
)

// RequestIDHeader carries the id that the edge gives to every request. A client's own is not taken over: it would be
// a way to write into our logs.
const RequestIDHeader = "X-Request-Id"

// ServeHTTP is the door: it names the request, refuses what is too large to look at or no text, and keeps a panic from
// being more than one failed request.
func (a *API) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w, ok := rw.(*answer)
	if !ok { // no Server of ours is in front
		w = &answer{ResponseWriter: rw}
	}
	r = r.WithContext(a.enter(w, r))
	defer a.leave(w, r)
	defer a.recoverPanic(w, r)
	writeBy(rw, w.visit.began.Add(a.limits.bodyTime(r.ContentLength)+a.limits.RequestTimeout+writeGrace))
	if p := a.tooMuch(r); p != nil {
		a.turnAway(w, r, p)
		return
	}
	switch {
	case !text(r.URL.Path):
		a.notText(w, r)
	case r.RequestURI == "*", r.Method == http.MethodConnect && r.URL.Path == "":
		a.noRoute(w, r) // the mux would answer by itself
	default:
		if a.outside != nil {
			if p := a.outside.Find(r); p != nil {
				a.pass(w, r, p) // what its query means, nobody here knows
				return
			}
		}
		if !readable(r.URL.RawQuery) {
			a.notText(w, r)
			return
		}
		a.mux.ServeHTTP(w, r)
	}
}

// tooMuch refuses a request that is too large to look at.
func (a *API) tooMuch(r *http.Request) *Problem {
	if len(r.RequestURI) > a.limits.MaxURL {
		a.metrics.refused.count(maxURL)
		return newProblem(r.Context(), http.StatusRequestURITooLong,
			fmt.Sprintf("the request's target is over %d bytes", a.limits.MaxURL))
	}
	fields, bytes := weigh(r)
	switch {
	case fields > a.limits.MaxHeaderFields:
		a.metrics.refused.count(maxHeaderFields)
		return newProblem(r.Context(), http.StatusRequestHeaderFieldsTooLarge,
			fmt.Sprintf("the request has over %d header fields", a.limits.MaxHeaderFields))
	case bytes > a.limits.MaxHeaderBytes:
		a.metrics.refused.count(maxHeaderSize)
		return newProblem(r.Context(), http.StatusRequestHeaderFieldsTooLarge,
			fmt.Sprintf("the request's headers are over %d bytes", a.limits.MaxHeaderBytes))
	default:
		return nil
	}
}

// turnAway answers a request that comes to no route, and counts it: of such come the storms.
func (a *API) turnAway(w http.ResponseWriter, r *http.Request, p *Problem) {
	a.metrics.requests.WithLabelValues(noRoutePattern, noRoutePattern, statusLabel(p.Status)).Inc()
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
		w.visit.broke = aborted
		panic(http.ErrAbortHandler)
	}
	a.log.ErrorContext(r.Context(), "request panicked", "err", p, "stack", string(debug.Stack()))
	if w.status != 0 {
		w.visit.broke = panicked
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, r, ProblemOf(r.Context(), status.New(status.Internal, "", "internal error")))
}

// lost reports whether an answer could not be written, which huma panics of. Clients that go away are no event.
func lost(err error) bool {
	_, ok := errors.AsType[net.Error](err)
	return ok
}

func (a *API) notText(w http.ResponseWriter, r *http.Request) {
	a.turnAway(w, r, ProblemOf(r.Context(), status.New(status.Invalid, "", "the request's path or query is not text")))
}

// readable reports whether a query is text. Databases refuse what is not, as if it were a fault of ours.
func readable(raw string) bool {
	if raw == "" {
		return true
	}
	query, err := url.ParseQuery(raw)
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

// weigh returns how many header fields a request has and the bytes they took to send, Host not counted.
func weigh(r *http.Request) (fields, bytes int) {
	for name, values := range r.Header {
		fields += len(values)
		for _, v := range values {
			bytes += len(name) + len(": ") + len(v) + len("\r\n")
		}
	}
	return fields, bytes
}

func requestID() string {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil.String() // no randomness left: the request matters more than its name
	}
	return id.String()
}
