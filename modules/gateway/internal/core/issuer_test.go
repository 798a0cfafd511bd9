package core_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
)

func TestIssuerDefaults(t *testing.T) {
	t.Parallel()
	var i core.Issuer
	i.Defaults()
	require.Equal(t, core.Issuer{
		Algorithms: []string{"EdDSA", "ES256"}, RolesClaim: "roles", ScopesClaim: "scope", MaxLifetime: 24 * time.Hour,
	}, i)
}

func TestIssuerValidate(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*core.Issuer){
		"name must be 1 to 32 lower-case":             func(i *core.Issuer) { i.Name = "" },
		`inner dashes, not "Acme"`:                    func(i *core.Issuer) { i.Name = "Acme" },
		`inner dashes, not "-acme"`:                   func(i *core.Issuer) { i.Name = "-acme" },
		`inner dashes, not "a|b"`:                     func(i *core.Issuer) { i.Name = "a|b" },
		`inner dashes, not "../acme"`:                 func(i *core.Issuer) { i.Name = "../acme" },
		"inner dashes, not \"acme\\n\"":               func(i *core.Issuer) { i.Name = "acme\n" },
		`not "` + strings.Repeat("a", 33):             func(i *core.Issuer) { i.Name = strings.Repeat("a", 33) },
		"name must not be holon":                      func(i *core.Issuer) { i.Name = "holon" },
		`issuer must be what the tokens say in iss`:   func(i *core.Issuer) { i.Issuer = "" },
		`say in iss, not "holon"`:                     func(i *core.Issuer) { i.Issuer = "holon" },
		"audience must be":                            func(i *core.Issuer) { i.Audience = "" },
		`jwks must be an https address, not ""`:       func(i *core.Issuer) { i.JWKS = "" },
		`address, not "https:///keys"`:                func(i *core.Issuer) { i.JWKS = "https:///keys" },
		"http is only for this machine":               func(i *core.Issuer) { i.JWKS = "http://id.acme.example/jwks" },
		`localhost), not "http://10.0.0.1/`:           func(i *core.Issuer) { i.JWKS = "http://10.0.0.1/" },
		`localhost), not "http://127.0.0.1.example/`:  func(i *core.Issuer) { i.JWKS = "http://127.0.0.1.example/" },
		`localhost), not "file://x/etc/passwd"`:       func(i *core.Issuer) { i.JWKS = "file://x/etc/passwd" },
		"without a user or a fragment":                func(i *core.Issuer) { i.JWKS = "https://a:b@id.acme.example/" },
		`fragment, not "https://id.acme.example/#x"`:  func(i *core.Issuer) { i.JWKS = "https://id.acme.example/#x" },
		"algorithms must name at least one of EdDSA,": func(i *core.Issuer) { i.Algorithms = nil },
		`RS256, PS256, not "HS256"`:                   func(i *core.Issuer) { i.Algorithms = []string{"EdDSA", "HS256"} },
		`RS256, PS256, not "none"`:                    func(i *core.Issuer) { i.Algorithms = []string{"none"} },
		`RS256, PS256, not "RS512"`:                   func(i *core.Issuer) { i.Algorithms = []string{"RS512"} },
		"roles_claim and scopes_claim":                func(i *core.Issuer) { i.RolesClaim = "" },
		"roles must be names":                         func(i *core.Issuer) { i.Roles = []string{""} },
		"max_lifetime must be between 1m0s and":       func(i *core.Issuer) { i.MaxLifetime = 0 },
		"744h0m0s, not 745h0m0s":                      func(i *core.Issuer) { i.MaxLifetime = 745 * time.Hour },
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			i := acme()
			change(&i)
			require.ErrorContains(t, i.Validate(), says)
			_, err := core.NewIssuers(core.IssuersParams{List: []core.Issuer{i}, Log: discard})
			require.ErrorContains(t, err, says)
		})
	}
	for _, address := range []string{"https://id.acme.example/jwks?v=2", "https://10.0.0.1:8443/k", "http://127.0.0.1:9/k", "http://[::1]:9/k", "http://localhost/k"} {
		i := acme()
		i.JWKS = address
		require.NoError(t, i.Validate(), address)
	}
	var none core.Issuer
	require.GreaterOrEqual(t, strings.Count(none.Validate().Error(), "\n"), 5, "all faults at once")
}

func TestIssuersAreDistinct(t *testing.T) {
	t.Parallel()
	a, b := acme(), acme()
	require.ErrorContains(t, core.Distinct([]core.Issuer{a, b}), `the name "acme"`)
	b.Name = "beta"
	require.ErrorContains(t, core.Distinct([]core.Issuer{a, b}), acmeIss)
	_, err := core.NewIssuers(core.IssuersParams{List: []core.Issuer{a, b}, Log: discard})
	require.ErrorContains(t, err, acmeIss)
	b.Issuer = "beta"
	require.NoError(t, core.Distinct([]core.Issuer{a, b}))
}
