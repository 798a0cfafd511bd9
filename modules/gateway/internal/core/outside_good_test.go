package core_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

func TestGoodTokensOfAnOutsideIssuer(t *testing.T) {
	t.Parallel()
	c := &clock{}
	g := frontier(t, serving(saying(published(allKeys()...))), c.now)
	ada := contract.Principal{Subject: "acme|ada"}
	roles := func(names ...string) contract.Principal {
		return contract.Principal{Subject: "acme|ada", Roles: names}
	}
	scopes := func(names ...string) contract.Principal {
		return contract.Principal{Subject: "acme|ada", Scopes: names}
	}
	ok := visa(edKey, start)
	for what, row := range map[string]struct {
		token string
		want  contract.Principal
	}{
		"EdDSA":                       {ok.by(edKey), ada},
		"ES256":                       {visa(ecKey(), start).by(ecKey()), ada},
		"ES384":                       {visa(ec3Key(), start).by(ec3Key()), ada},
		"RS256":                       {visa(rsaKey(), start).by(rsaKey()), ada},
		"PS256 by the same key":       {visa(rsaKey().as("PS256"), start).by(rsaKey().as("PS256")), ada},
		"no type":                     {ok.head("typ", nil).by(edKey), ada},
		"access token":                {ok.head("typ", "at+JWT").by(edKey), ada},
		"access token in full":        {ok.head("typ", "application/at+jwt").by(edKey), ada},
		"other headers":               {ok.head("x5t", "AAAA").head("cty", "x").by(edKey), ada},
		"audience as a list":          {ok.claim("aud", []string{"shop", acmeAud}).by(edKey), ada},
		"without time of issue":       {ok.claim("iat", nil).by(edKey), ada},
		"as long as any may be":       {ok.lasting(0, 24*time.Hour).by(edKey), ada},
		"as long, without issue":      {ok.lasting(0, 24*time.Hour).claim("iat", nil).by(edKey), ada},
		"as long, by a clock ahead":   {ok.lasting(0, 24*time.Hour+30*time.Second).claim("iat", nil).by(edKey), ada},
		"the issuer's clock is ahead": {ok.lasting(30*time.Second, time.Hour).by(edKey), ada},
		"expired, within the leeway":  {ok.lasting(-time.Hour, -29*time.Second).by(edKey), ada},
		"not before, within leeway":   {ok.claim("nbf", start.Unix()+30).by(edKey), ada},
		"a subject as they are": {ok.claim("sub", "system:serviceaccount:a/b@c d~").by(edKey),
			contract.Principal{Subject: "acme|system:serviceaccount:a/b@c d~"}},
		"a subject of Auth0":      {ok.claim("sub", "auth0|7").by(edKey), contract.Principal{Subject: "acme|auth0|7"}},
		"a long subject":          {ok.claim("sub", strings.Repeat("a", 255)).by(edKey), contract.Principal{Subject: "acme|" + strings.Repeat("a", 255)}},
		"claims nobody reads":     {ok.claim("Roles", []string{"admin"}).claim("groups", 7).claim("act", object{"sub": "eve"}).by(edKey), ada},
		"roles, as far as listed": {ok.claim("roles", []string{"root", "clerk", "x", "clerk", "Admin"}).by(edKey), roles("clerk")},
		"all roles":               {ok.claim("roles", []string{"clerk", "admin"}).by(edKey), roles("admin", "clerk")},
		"one role":                {ok.claim("roles", "admin").by(edKey), roles("admin")},
		"roles in one text":       {ok.claim("roles", "admin clerk").by(edKey), ada},
		"no roles":                {ok.claim("roles", []string{}).by(edKey), ada},
		"scopes in one text":      {ok.claim("scope", "openid module:order  route:list-*").by(edKey), scopes("openid", "module:order", "route:list-*")},
		"scopes as a list":        {ok.claim("scope", []string{"a", "https://x/y"}).by(edKey), scopes("a", "https://x/y")},
		"no scopes":               {ok.claim("scope", "").by(edKey), ada},
		"scopes of another claim": {ok.claim("scp", "x").by(edKey), ada},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time out of the cache
				p, err := g.Authenticate(t.Context(), row.token)
				require.NoError(t, err)
				require.Equal(t, row.want, p)
			}
		})
	}
}

func TestClaimsAreNamedByTheOperator(t *testing.T) {
	t.Parallel()
	i := acme()
	i.RolesClaim, i.ScopesClaim, i.Roles = "https://acme.example/roles", "scp", []string{"clerk"}
	g := frontier(t, serving(saying(published(edKey))), (&clock{}).now, i)
	p, err := g.Authenticate(t.Context(), visa(edKey, start).claim(i.RolesClaim, []string{"admin", "clerk"}).
		claim("roles", []string{"admin"}).claim("scp", []string{"a"}).claim("scope", "b").by(edKey))
	require.NoError(t, err)
	require.Equal(t, contract.Principal{Subject: "acme|ada", Roles: []string{"clerk"}, Scopes: []string{"a"}}, p)
}

// A claim may be inside others, as Keycloak's are. Its own name goes first, and what is on the way need not be an object.
func TestClaimsInsideOthers(t *testing.T) {
	t.Parallel()
	i := acme()
	i.RolesClaim, i.ScopesClaim, i.Roles = "realm_access.roles", "a.b.c", []string{"clerk", "admin"}
	g := frontier(t, serving(saying(published(edKey))), (&clock{}).now, i)
	clerk := object{"roles": []string{"clerk"}}
	for what, row := range map[string]struct {
		token forge
		want  contract.Principal
	}{
		"inside":            {visa(edKey, start).claim("realm_access", clerk), contract.Principal{Subject: "acme|ada", Roles: []string{"clerk"}}},
		"deeper":            {visa(edKey, start).claim("a", object{"b": object{"c": "x y"}}), contract.Principal{Subject: "acme|ada", Scopes: []string{"x", "y"}}},
		"by its own name":   {visa(edKey, start).claim("realm_access", clerk).claim("realm_access.roles", "admin"), contract.Principal{Subject: "acme|ada", Roles: []string{"admin"}}},
		"not there":         {visa(edKey, start).claim("roles", "admin"), contract.Principal{Subject: "acme|ada"}},
		"nothing is inside": {visa(edKey, start).claim("realm_access", "roles"), contract.Principal{Subject: "acme|ada"}},
		"null":              {visa(edKey, start).claim("realm_access", nil), contract.Principal{Subject: "acme|ada"}},
	} {
		p, err := g.Authenticate(t.Context(), row.token.by(edKey))
		require.NoError(t, err, what)
		require.Equal(t, row.want, p, what)
	}
}

// Who takes over no roles does not even look at what the claim says.
func TestNoRolesUnlessListed(t *testing.T) {
	t.Parallel()
	i := acme()
	i.Roles = nil
	g := frontier(t, serving(saying(published(edKey))), (&clock{}).now, i)
	for _, roles := range []any{"admin", []string{"admin"}, 7, object{}} {
		p, err := g.Authenticate(t.Context(), visa(edKey, start).claim("roles", roles).by(edKey))
		require.NoError(t, err)
		require.Equal(t, contract.Principal{Subject: "acme|ada"}, p)
	}
}

// Two issuers with keys of the same id, and holon's own with it: each token is of one of them.
func TestIssuersSideBySide(t *testing.T) {
	t.Parallel()
	beta := acme()
	beta.Name, beta.Issuer, beta.JWKS, beta.Roles = "beta", "https://beta.example", "https://beta.example/keys", nil
	betaKey := edSigner("beta").named(key.id)
	acmeKey := edKey.named(key.id)
	server := serving(nil)
	server.will(func(_ context.Context, url string) ([]byte, error) {
		if url == beta.JWKS {
			return published(betaKey), nil
		}
		return published(acmeKey), nil
	})
	g := frontier(t, server, (&clock{}).now, acme(), beta)
	for want, token := range map[string]string{
		"ada":      good().signed(),
		"acme|ada": visa(acmeKey, start).by(acmeKey),
		"beta|ada": visa(betaKey, start).claim("iss", beta.Issuer).by(betaKey),
	} {
		p, err := g.Authenticate(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, want, p.Subject)
	}
	for _, token := range []string{
		visa(betaKey, start).by(betaKey), visa(acmeKey, start).claim("iss", beta.Issuer).by(acmeKey),
		visa(acmeKey, start).claim("iss", "holon").claim("aud", "holon").by(acmeKey), good().claim("iss", acmeIss).claim("aud", acmeAud).signed(),
	} {
		_, err := g.Authenticate(t.Context(), token)
		require.ErrorContains(t, err, "invalid_token")
	}
}
