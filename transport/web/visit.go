package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
)

// noRoutePattern stands for the route of a request that no route takes, in metrics and elsewhere.
const noRoutePattern = "none"

// How an answer may break off.
const (
	// aborted: by the client, or by a handler that wanted it.
	aborted = "aborted"
	// panicked: half of it was out when the handler panicked.
	panicked = "panicked"
)

// visit is what the edge remembers of a request until it has been answered.
type visit struct {
	began time.Time
	// took is set by the route's clock, 0 where there is no route.
	took time.Duration
	// waited is the part of it in which the client's body arrived.
	waited time.Duration
	id     string
	route  string
	// subject is who asks, once that is known.
	subject string
	// broke is aborted or panicked where the answer broke off.
	broke string
	// journal and span are nil where nobody keeps them.
	journal *contract.Journal
	span    trace.Span
}

// enter names the request, and opens what is kept of it.
func (a *API) enter(w *answer, r *http.Request) context.Context {
	v := &w.visit
	v.began, v.id, v.route = time.Now(), requestID(), noRoutePattern
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set(RequestIDHeader, v.id)
	ctx := a.withTrace(v, r)
	if a.recorder != nil {
		ctx, v.journal = contract.WithJournal(ctx, v.began)
	}
	return ctx
}

// leave is the last that happens to a request, also while a panic passes.
func (a *API) leave(w *answer, r *http.Request) {
	v, httpStatus := &w.visit, w.status
	if httpStatus == 0 && v.broke == "" {
		httpStatus = http.StatusOK // net/http is about to write it
	}
	if v.span != nil {
		endSpan(v, httpStatus)
	}
	if a.recorder == nil {
		return
	}
	if v.took == 0 {
		v.took = time.Since(v.began)
	}
	if place, kind := a.recorder.placeOf(v, httpStatus); place != nil {
		q := requestOf(v, r, httpStatus)
		q.Kind = kind
		a.recorder.keep(place, q)
	}
}

// requestOf writes down a request. It is called for few.
func requestOf(v *visit, r *http.Request, httpStatus int) Request {
	out := Request{
		Time: v.began, Method: cut(r.Method, maxMethod), Route: v.route, Path: cut(r.URL.Path, maxPath),
		Status: httpStatus, Code: v.journal.Code(), Took: v.took, Waited: v.waited,
		TraceID:   trace.SpanContextFromContext(r.Context()).TraceID().String(),
		RequestID: v.id, Subject: v.subject,
	}
	switch {
	case v.broke != "":
		out.Code = v.broke
	case out.Code == "" && httpStatus >= http.StatusBadRequest:
		out.Code = codeName(httpStatus) // huma's own
	}
	out.Calls, out.MoreCalls = v.journal.Calls()
	return out
}

// statusLabel is a status as metrics and spans have it.
func statusLabel(httpStatus int) string { return strconv.Itoa(httpStatus) }
