package web_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// panicking is an edge whose only route panics.
func panicking(t *testing.T, value any) *edge {
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books"), func(context.Context, *struct{}) (*struct{}, error) { panic(value) })
	})
}

func TestPanicIsOneFailedRequest(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"text": "row 17", "error": errors.New("row 17"), "nil": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := panicking(t, value)
			w := e.do(t, "GET", "/books", nil)
			require.NotContains(t, w.Body.String(), "row 17")
			p := problemOf(t, 500, w)
			require.Equal(t, "internal error", p.Detail)
			require.Contains(t, e.log.String(), "request panicked")
			require.Contains(t, e.log.String(), "panic_test.go", "with its stack")
			require.Equal(t, 1, e.answered(t, "GET", "/books", "500"))
			require.Zero(t, e.counted(t, "holon_http_requests_in_flight", map[string]string{"method": "GET", "route": "/books"}))
		})
	}
}

func TestAbortGoesOn(t *testing.T) {
	t.Parallel()
	e := panicking(t, http.ErrAbortHandler)
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { e.do(t, "GET", "/books", nil) })
	require.Empty(t, e.log.String())
}

// TestPanicInTheMiddleOfAnAnswer cuts the connection: half an answer with a problem behind it would look whole.
func TestPanicInTheMiddleOfAnAnswer(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books"), func(context.Context, *struct{}) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(c huma.Context) {
				_, err := c.BodyWriter().Write([]byte("half"))
				require.NoError(t, err)
				panic("row 17")
			}}, nil
		})
	})
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { e.do(t, "GET", "/books", nil) })
	require.Contains(t, e.log.String(), "request panicked")
	require.Equal(t, 1, e.answered(t, "GET", "/books", "200"))
}
