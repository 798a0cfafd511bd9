package web_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

func shelf(t *testing.T) *edge {
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books"), ok)
		web.Add(a, public("POST", "/books"), ok)
		web.Add(a, public("PUT", "/books/cover"), ok)
		web.Add(a, public("DELETE", "/books/{id}"), ok)
	})
}

func TestNoRoute(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/nothing", "/books/1/pages", "/books/"} {
		p := shelf(t).refused(t, 404, "GET", path, nil)
		require.Equal(t, "no_route", p.Code)
		require.Contains(t, p.Hint, "/docs")
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ method, path, allow string }{
		{"DELETE", "/books", "GET, HEAD, POST"},
		{"OPTIONS", "/books", "GET, HEAD, POST"},
		{"HEAD", "/books/1", "DELETE"},
		{"GET", "/books/1", "DELETE"},
		{"GET", "/books/cover", "DELETE, PUT"},
		{"POST", "/openapi.json", "GET, HEAD"},
		{"POST", "/docs/", "GET, HEAD"},
	} {
		t.Run(row.method+" "+row.path, func(t *testing.T) {
			t.Parallel()
			w := shelf(t).do(t, row.method, row.path, nil)
			require.Equal(t, 405, w.Code)
			require.Equal(t, row.allow, w.Header().Get("Allow"))
			if row.method == http.MethodHead {
				require.Zero(t, w.Body.Len(), "HEAD has no body")
				return
			}
			p := problemOf(t, 405, w)
			require.Equal(t, "method_not_allowed", p.Code)
			require.Contains(t, p.Hint, "use ")
		})
	}
}

func TestHeadIsGetWithoutItsBody(t *testing.T) {
	t.Parallel()
	e := shelf(t)
	require.Equal(t, 204, e.do(t, "HEAD", "/books", nil).Code)
	require.Equal(t, 1, e.answered(t, "GET", "/books", "204"))
	w := e.do(t, "HEAD", "/nothing", nil)
	require.Equal(t, 404, w.Code)
	require.Zero(t, w.Body.Len())
}
