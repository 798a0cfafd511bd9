package web_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

type titleIn struct {
	Body struct {
		Title string `json:"title" maxLength:"1000000"`
	}
}

// written is an edge that takes a title, on a route that takes keys and on one that does not.
func written(t *testing.T, maxBody int64) *edge {
	take := func(ctx context.Context, _ *titleIn) (*struct{}, error) {
		web.OnceOf(ctx)
		return nil, nil
	}
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("POST", "/books"), take)
		keyed := public("POST", "/orders")
		keyed.Keyed = true
		web.Add(a, keyed, take)
		web.Add(a, public("PUT", "/books/cover"), ok)
		web.Add(a, public("DELETE", "/books"), ok)
	}, func(p *web.Params) { p.Limits.MaxBody = maxBody })
}

// sized is a document of exactly n bytes.
func sized(n int) string { return `{"title":"` + strings.Repeat("x", n-len(`{"title":""}`)) + `"}` }

// unsized hides a body's length, as chunked encoding does.
func unsized(s string) io.Reader { return io.MultiReader(strings.NewReader(s)) }

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	const limit = 1000
	for _, row := range []struct {
		name string
		path string
		body func(string) io.Reader
		key  []string
	}{
		{"announced", "/books", text, nil},
		{"not announced", "/books", unsized, nil},
		{"announced, with a key", "/orders", text, []string{"Idempotency-Key", "k"}},
		{"not announced, with a key", "/orders", unsized, []string{"Idempotency-Key", "k"}},
		{"keyed route without a key", "/orders", unsized, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := written(t, limit)
			require.Equal(t, 204, e.do(t, "POST", row.path, row.body(sized(limit)), row.key...).Code, "the limit itself passes")
			p := e.refused(t, 413, "POST", row.path, row.body(sized(limit+1)), row.key...)
			require.Equal(t, "too_large", p.Code)
			require.Equal(t, "the request body is over 1000 bytes", p.Detail)
		})
	}
}

func TestBodyOfARouteThatWantsNone(t *testing.T) {
	t.Parallel()
	e := written(t, 1000)
	require.Equal(t, 204, e.do(t, "PUT", "/books/cover", text("anything")).Code)
	require.Equal(t, 413, e.do(t, "PUT", "/books/cover", text(sized(1001))).Code)
	require.Equal(t, 204, e.do(t, "DELETE", "/books", text(sized(1001))).Code, "not even looked at")
}
