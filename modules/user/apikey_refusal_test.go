package user_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestInvalidAPIKey(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range user.MaxScopes + 1 {
		many = append(many, fmt.Sprintf("route:r%d", i))
	}
	long := strings.Repeat("x", user.MaxScope)
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		for i, row := range []struct {
			name, says, hint string
			r                user.CreateAPIKeyRequest
		}{
			{"no name", "name must have 1 to 64", "", user.CreateAPIKeyRequest{Scopes: []string{"*"}}},
			{"name of blanks", "name must have 1 to 64", "", user.CreateAPIKeyRequest{Name: " ", Scopes: []string{"*"}}},
			{"long name", "name must have 1 to 64", "", user.CreateAPIKeyRequest{Name: strings.Repeat("é", 65), Scopes: []string{"*"}}},
			{"name on two lines", "name has characters", "", user.CreateAPIKeyRequest{Name: "a\nb", Scopes: []string{"*"}}},
			{"negative ttl", "ttl must be 1s to 3650 days", "", user.CreateAPIKeyRequest{Name: "a", Scopes: []string{"*"}, TTL: -1}},
			{"ttl too short", "ttl must be 1s to 3650 days", "", user.CreateAPIKeyRequest{Name: "a", Scopes: []string{"*"}, TTL: time.Second - 1}},
			{"ttl too long", "ttl must be 1s to 3650 days", "", user.CreateAPIKeyRequest{Name: "a", Scopes: []string{"*"}, TTL: user.MaxAPIKeyTTL + 1}},
			{"no scopes", "scopes must name", "module:order", user.CreateAPIKeyRequest{Name: "a"}},
			{"too many scopes", "32 at most, not 33", "*", user.CreateAPIKeyRequest{Name: "a", Scopes: many}},
			{"a scope twice", `"module:order" is given twice`, "", user.CreateAPIKeyRequest{Name: "a", Scopes: []string{"module:order", "module:order"}}},
			{"all and one", "the scope * is everything", "leave out", user.CreateAPIKeyRequest{Name: "a", Scopes: []string{"module:order", "*"}}},
		} {
			t.Run(row.name, func(t *testing.T) { refusedKey(t, n, row.r, row.says, row.hint) })
			require.Empty(t, keysOf(t, n, ""), i)
		}
		for scope, want := range map[string][2]string{
			"":                     {"neither * nor kind:name", "module:order"},
			"order":                {"neither * nor kind:name", "did you mean module:order?"},
			"modules:order":        {"of no kind there is: module, registry, route, service", "did you mean module:order?"},
			"Route:x":              {"of no kind", "did you mean route:x?"},
			"svc:mail":             {"of no kind", ""},
			":x":                   {"of no kind", ""},
			"*:order":              {"of no kind", ""},
			"serivce:mail":         {"of no kind", "did you mean service:mail?"},
			"module:":              {"1 to 64 small letters", ""},
			"module:Order":         {"1 to 64 small letters", ""},
			"module:a*b":           {"1 to 64 small letters", ""},
			"module:**":            {"1 to 64 small letters", ""},
			"module:a b":           {"1 to 64 small letters", ""},
			"module:é":             {"1 to 64 small letters", ""},
			"module:a:b":           {"1 to 64 small letters", ""},
			"module:x" + long:      {"1 to 64 small letters", ""},
			"module:" + long + "*": {"1 to 64 small letters", ""},
		} {
			t.Run("scope "+scope, func(t *testing.T) {
				refusedKey(t, n, user.CreateAPIKeyRequest{Name: "a", Scopes: []string{scope}}, want[0], want[1])
			})
		}
		for i, scope := range []string{"*", "module:order", "module:*", "registry:r-1.2_3", "route:list-*", "service:" + long} {
			t.Run("scope "+scope+" taken", func(t *testing.T) { newKey(t, n, "ada@example.com", fmt.Sprint("good", i), scope) })
		}
		newKey(t, n, "ada@example.com", "all of them", many[:user.MaxScopes]...)
	})
}

func refusedKey(t *testing.T, n *modulestest.Node, r user.CreateAPIKeyRequest, says, hint string) {
	t.Helper()
	r.Email = "ada@example.com"
	_, err := operator(n).CreateAPIKey(t.Context(), r)
	e := modulestest.Refused(t, err, status.Invalid, "")
	require.Contains(t, e.Message, says)
	require.Contains(t, e.Details[status.DetailHint], hint)
	if hint == "" {
		require.Empty(t, e.Details)
	}
}

func TestAPIKeyNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		register(t, n, "eve@example.com")
		first := newKey(t, n, "ada@example.com", "ci", "*")
		newKey(t, n, "eve@example.com", "ci", "*") // another's is no matter
		again := user.CreateAPIKeyRequest{Email: "ada@example.com", Name: "ci", Scopes: []string{"*"}}
		_, err := operator(n).CreateAPIKey(t.Context(), again)
		e := modulestest.Refused(t, err, status.Conflict, "api_key_name_taken")
		require.NotEmpty(t, e.Details[status.DetailHint])
		_, err = operator(n).RevokeAPIKey(t.Context(), user.RevokeAPIKeyRequest{ID: first.APIKey.ID})
		require.NoError(t, err)

		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() { _, errs[i] = operator(n).CreateAPIKey(t.Context(), again) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, status.New(status.Conflict, "api_key_name_taken", ""))
		}
		require.Equal(t, 1, won)
	})
}

func TestAPIKeysAreBounded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")
		register(t, n, "eve@example.com")
		var all sync.WaitGroup
		errs := make([]error, user.MaxAPIKeys+5)
		for i := range errs {
			all.Go(func() {
				_, errs[i] = operator(n).CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{
					Email: "ada@example.com", Name: fmt.Sprint("key", i), Scopes: []string{"*"}})
			})
		}
		all.Wait()
		refused := 0
		for _, err := range errs {
			if err != nil {
				refused++
				e := modulestest.Refused(t, err, status.Conflict, "too_many_api_keys")
				require.Contains(t, e.Message, "100")
				require.NotEmpty(t, e.Details[status.DetailHint])
			}
		}
		require.Equal(t, 5, refused)
		require.Len(t, keysOf(t, n, "ada@example.com"), user.MaxAPIKeys)
		newKey(t, n, "eve@example.com", "ci", "*") // hers are her own
	})
}
