package web_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestKeyLeftByItsSurface: a route that promises to do nothing twice must not forget the key.
func TestKeyLeftByItsSurface(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) {
		r := public("POST", "/books")
		r.Keyed = true
		web.Add(a, r, ok)
	})
	require.Equal(t, 204, e.do(t, "POST", "/books", nil).Code, "without a key there is nothing to leave")
	e.refused(t, 500, "POST", "/books", nil, "Idempotency-Key", "k")
}

// TestTypesOfOneName: modules name their types without knowing each other.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	films := func() web.Surface {
		type pageOut struct {
			Body struct{ Films []string }
		}
		return web.Surface{Module: "films", Routes: func(a *web.API) {
			web.Add(a, public("GET", "/films"), func(context.Context, *struct{}) (*pageOut, error) { return &pageOut{}, nil })
		}}
	}
	books := func() web.Surface {
		type pageOut struct {
			Body struct{ Books []int }
		}
		return web.Surface{Module: "books", Routes: func(a *web.API) {
			web.Add(a, public("GET", "/books"), func(context.Context, *struct{}) (*pageOut, error) { return &pageOut{}, nil })
		}}
	}
	api, err := mounting(films(), books())
	require.NoError(t, err)
	require.Contains(t, string(api.Document()), `"FilmsPageOutBody"`)
	require.Contains(t, string(api.Document()), `"BooksPageOutBody"`)
}
