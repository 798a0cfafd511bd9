package web_test

import (
	"context"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/web"
)

// shop is an edge with two keyed routes and one that is not; they put what they got into got and title.
func shop(t *testing.T) (e *edge, got *contract.Once, title *string) {
	got, title = new(contract.Once), new(string)
	take := func(ctx context.Context, in *titleIn) (*struct{}, error) {
		*got, *title = web.OnceOf(ctx), in.Body.Title
		return nil, nil
	}
	keyed := func(path string) web.Route {
		r := public("POST", path)
		r.Keyed = true
		return r
	}
	e = newEdge(t, func(a *web.API) {
		web.Add(a, keyed("/orders"), take)
		web.Add(a, keyed("/orders/{id}/confirm"), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			*got = web.OnceOf(ctx)
			return nil, nil
		})
		web.Add(a, public("POST", "/books"), take)
	})
	return e, got, title
}

func TestKeyReachesTheHandlerWithTheBody(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"k", "a key: with ~ everything!", strings.Repeat("k", contract.MaxOnceKey)} {
		e, got, title := shop(t)
		body := `{"title": "x"}`
		require.Equal(t, 204, e.do(t, "POST", "/orders", text(body), "Idempotency-Key", key).Code)
		require.Equal(t, key, got.Key)
		sum := sha256.Sum256([]byte("/orders\x00" + body))
		require.Equal(t, sum[:], got.Fingerprint, "the recipe is kept: answers are stored under it")
		require.Equal(t, "x", *title)
	}
}

func TestWithoutAKeyNothingIsAskedFor(t *testing.T) {
	t.Parallel()
	e, got, title := shop(t)
	require.Equal(t, 204, e.do(t, "POST", "/orders", text(`{"title":"x"}`)).Code)
	require.Zero(t, *got)
	require.Equal(t, "x", *title)
	require.Equal(t, 204, e.do(t, "POST", "/books", text(`{"title":"x"}`), "Idempotency-Key", "k").Code)
	require.Zero(t, *got, "a route that takes no keys")
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	e, got, _ := shop(t)
	of := func(path, body string, headers ...string) string {
		require.Equal(t, 204, e.do(t, "POST", path, text(body), append(headers, "Idempotency-Key", "k")...).Code)
		return string(got.Fingerprint)
	}
	first := of("/orders", `{"title":"x"}`)
	require.Equal(t, first, of("/orders", `{"title":"x"}`, "User-Agent", "another"))
	require.NotEqual(t, first, of("/orders", `{"title":"y"}`))
	require.NotEqual(t, first, of("/orders", `{"title": "x"}`), "white space is part of the request")
	require.NotEqual(t, of("/orders/1/confirm", ""), of("/orders/2/confirm", ""), "so is the path")
	again := of("/orders/1/confirm", "")
	require.Equal(t, again, of("/orders/1/confirm", ""))
	require.NotEqual(t, of("/orders/1/confirm", ""), of("/orders/1/confirm", "x"), "and a body nobody asked for")
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		headers []string
		detail  string
	}{
		{"empty", []string{"Idempotency-Key", ""}, "must have 1 to 255 characters, not 0"},
		{"too long", []string{"Idempotency-Key", strings.Repeat("k", 256)}, "must have 1 to 255 characters, not 256"},
		{"not ASCII", []string{"Idempotency-Key", "clé"}, "must be printable ASCII"},
		{"a control character", []string{"Idempotency-Key", "a\tb"}, "must be printable ASCII"},
		{"two of them", []string{"Idempotency-Key", "a", "Idempotency-Key", "a"}, "has 2 Idempotency-Key headers; send one"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, got, _ := shop(t)
			p := e.refused(t, 422, "POST", "/orders", text(`{"title":"x"}`), row.headers...)
			require.Equal(t, "invalid", p.Code)
			require.Contains(t, p.Detail, row.detail)
			require.Zero(t, *got)
			require.Equal(t, 1, e.answered(t, "POST", "/orders", "422"))
		})
	}
}
