package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/web"
)

// failing is an edge whose only route answers an error.
func failing(t *testing.T, err error) *edge {
	return newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), fails(err)) })
}

func TestEveryCodeIsAProblem(t *testing.T) {
	t.Parallel()
	for _, code := range status.Codes() {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			e := failing(t, fmt.Errorf("list: %w", status.New(code, "", "it did not work").With(status.DetailHint, "do it well")))
			w := e.do(t, "GET", "/books", nil)
			p := problemOf(t, code.HTTP(), w)
			require.Equal(t, code.String(), p.Code)
			require.Equal(t, "it did not work", p.Detail)
			require.Equal(t, "do it well", p.Hint)
			require.Equal(t, code == status.Unauthenticated, w.Header().Get("WWW-Authenticate") == `Bearer realm="holon"`)
			retry := code == status.Unavailable || code == status.Exhausted
			require.Equal(t, retry, w.Header().Get("Retry-After") == "1", "busy answers say when to come back")
			require.Empty(t, e.log.String(), "a failure that names itself is no event")
		})
	}
}

func TestReasonIsTheCode(t *testing.T) {
	t.Parallel()
	w := failing(t, status.New(status.Exhausted, "slow_down", "too many").With(status.DetailRetryAfter, "17").With("other", "x")).
		do(t, "GET", "/books", nil)
	require.Equal(t, "slow_down", problemOf(t, 429, w).Code)
	require.Equal(t, "17", w.Header().Get("Retry-After"))
}

func TestForeignErrorSaysNothing(t *testing.T) {
	t.Parallel()
	e := failing(t, errors.New("row 17"))
	p := e.refused(t, 500, "GET", "/books", nil)
	require.Equal(t, "internal", p.Code)
	require.Equal(t, "internal error", p.Detail)
	require.Contains(t, e.log.String(), "row 17")
}

func TestContextErrorsAreTold(t *testing.T) {
	t.Parallel()
	require.Equal(t, "deadline_exceeded", failing(t, context.DeadlineExceeded).refused(t, 504, "GET", "/books", nil).Code)
	require.Equal(t, "Client Closed Request", failing(t, context.Canceled).refused(t, 499, "GET", "/books", nil).Title)
}

func TestTraceIDIsTheClients(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	e := failing(t, status.New(status.NotFound, "", "no"))
	p := e.refused(t, 404, "GET", "/books", nil, "Traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	require.Equal(t, id, p.TraceID)
	for _, bad := range []string{"", "nonsense", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"} {
		p := e.refused(t, 404, "GET", "/books", nil, "Traceparent", bad)
		require.NotContains(t, []string{id, "00000000000000000000000000000000"}, p.TraceID, "a trace of our own")
	}
	first := e.refused(t, 404, "GET", "/books", nil)
	require.NotEqual(t, first.TraceID, e.refused(t, 404, "GET", "/books", nil).TraceID)
}

func TestProblemOutsideOfAnAPI(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	web.WriteProblem(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/drain", nil), status.New(status.Unavailable, "", "busy"))
	require.Equal(t, 503, w.Code)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.JSONEq(t, `{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"busy","code":"unavailable"}`, w.Body.String())
	require.EqualError(t, web.ProblemOf(t.Context(), errors.New("row 17")), "internal error")
}
