package web_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

var ada = contract.Principal{Subject: "u1", Roles: []string{contract.RoleAdmin}}

// guarded is an edge with one route for whoever is signed in; check stands behind it.
func guarded(t *testing.T, auth authFunc, check func(context.Context)) *edge {
	return newEdge(t, func(a *web.API) {
		r := public("POST", "/books")
		r.Access = web.SignedIn
		web.Add(a, r, func(ctx context.Context, in *struct{ Body struct{ Title string } }) (*struct{}, error) {
			check(ctx)
			return nil, nil
		})
	}, func(p *web.Params) { p.Auth = auth })
}

func TestPrincipalIsTheTokens(t *testing.T) {
	t.Parallel()
	var got contract.Principal
	e := guarded(t, func(_ context.Context, token string) (contract.Principal, error) {
		require.Equal(t, "t0k.en", token)
		return ada, nil
	}, func(ctx context.Context) { got = contract.PrincipalOf(ctx) })
	for _, header := range []string{"Bearer t0k.en", "bearer t0k.en", "BEARER t0k.en"} {
		got = contract.Principal{}
		require.Equal(t, 204, e.do(t, "POST", "/books", text(`{"Title":"x"}`), "Authorization", header).Code)
		require.Equal(t, ada, got)
	}
}

// TestWithoutAGoodTokenNothingIsLookedAt sends bodies that are no JSON: who is not known learns nothing about them.
func TestWithoutAGoodTokenNothingIsLookedAt(t *testing.T) {
	t.Parallel()
	never := func(context.Context) { t.Error("the handler ran") }
	for _, row := range []struct {
		name    string
		headers []string
		detail  string
	}{
		{"no header", nil, "this route needs a bearer token"},
		{"empty header", []string{"Authorization", ""}, "this route needs a bearer token"},
		{"another scheme", []string{"Authorization", "Basic YTpi"}, "the Authorization header is not a bearer token"},
		{"a bare token", []string{"Authorization", "t0k.en"}, "the Authorization header is not a bearer token"},
		{"no token", []string{"Authorization", "Bearer "}, "the Authorization header is not a bearer token"},
		{"two tokens", []string{"Authorization", "Bearer a b"}, "the Authorization header is not a bearer token"},
		{"a list", []string{"Authorization", "Bearer a, Bearer b"}, "the Authorization header is not a bearer token"},
		{"two headers", []string{"Authorization", "Bearer a", "Authorization", "Bearer b"}, "the Authorization header is not a bearer token"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := guarded(t, func(context.Context, string) (contract.Principal, error) {
				t.Error("asked about what is no token")
				return ada, nil
			}, never)
			w := e.do(t, "POST", "/books", text("{"), row.headers...)
			require.Equal(t, row.detail, problemOf(t, 401, w).Detail)
			require.NotEmpty(t, w.Header().Get("WWW-Authenticate"))
			require.Equal(t, 1, e.answered(t, "POST", "/books", "401"))
		})
	}
}

func TestAuthenticatorRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		err  error
		code int
	}{
		{"a bad token", status.New(status.Unauthenticated, "token_expired", "the token has expired"), 401},
		{"it cannot tell", status.New(status.Unavailable, "", "no keys yet"), 503},
		{"it fails", errors.New("row 17"), 500},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := guarded(t, func(context.Context, string) (contract.Principal, error) { return ada, row.err },
				func(context.Context) { t.Error("the handler ran") })
			w := e.do(t, "POST", "/books", text("{"), "Authorization", "Bearer a")
			problemOf(t, row.code, w)
			require.Equal(t, row.code == 503, w.Header().Get("Retry-After") != "")
			require.NotContains(t, w.Body.String(), "row 17")
			require.Equal(t, row.code == 500, e.log.String() != "")
		})
	}
}

func TestAuthenticatorIsNotWaitedForWithoutEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := guarded(t, func(ctx context.Context, _ string) (contract.Principal, error) {
			<-ctx.Done()
			return ada, ctx.Err()
		}, func(context.Context) { t.Error("the handler ran") })
		began := time.Now()
		e.refused(t, 504, "POST", "/books", text("{"), "Authorization", "Bearer a")
		require.Equal(t, e.limits.RequestTimeout, time.Since(began))
	})
}

func TestPublicRouteDoesNotLookAtTokens(t *testing.T) {
	t.Parallel()
	e := newEdge(t, func(a *web.API) { web.Add(a, public("GET", "/books"), ok) })
	require.Equal(t, 204, e.do(t, "GET", "/books", nil, "Authorization", "Bearer expired").Code)
}
