package web_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

func TestTargetThatIsTooLong(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), ok) },
		func(p *web.Params) { p.Limits.MaxURL = 100 })
	target := "/books?" + strings.Repeat("x", 100-len("/books?"))
	require.Equal(t, 422, e.do(t, "GET", target, nil).Code, "the limit itself passes, to be an unknown parameter")
	require.Equal(t, "request_uri_too_long", e.refused(t, 414, "GET", target+"x", nil).Code)
}

func TestTooManyHeaderFields(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), ok) },
		func(p *web.Params) { p.Limits.MaxHeaderFields = 10 })
	var headers []string
	for i := range 5 {
		headers = append(headers, "X-"+strconv.Itoa(i), "v", "X-Same", "v")
	}
	require.Equal(t, 204, e.do(t, "GET", "/books", nil, headers...).Code)
	p := e.refused(t, 431, "GET", "/books", nil, append(headers, "X-Same", "v")...)
	require.Equal(t, "request_header_fields_too_large", p.Code)
}

// TestTargetThatIsNoText: what a database would choke on does not get that far.
func TestTargetThatIsNoText(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books/{id}"), ok)
	})
	for _, target := range []string{
		"/books/%ff", "/books/a%00b", "/books/%0a", "/books/1?q=%ff", "/books/1?q=%00", "/books/1?%00=q", "/books/1?q=%zz",
		"/books/1?a=1;b=2", "/nothing/%ff",
	} {
		p := e.refused(t, 422, "GET", target, nil)
		require.Equal(t, "the request's path or query is not text", p.Detail, target)
	}
	require.Equal(t, 204, e.do(t, "GET", "/books/%C3%A9%2F", nil).Code)
}

func TestRequestIDIsAlwaysOurs(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), ok) })
	seen := make(map[string]bool)
	for _, path := range []string{"/books", "/books", "/nothing", "/docs/", "/books?no=such"} {
		w := e.do(t, "GET", path, nil, web.RequestIDHeader, "mine\tlevel=ERROR")
		id := w.Header().Get(web.RequestIDHeader)
		require.Regexp(t, `^[0-9a-f-]{36}$`, id)
		require.False(t, seen[id])
		seen[id] = true
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	}
}
