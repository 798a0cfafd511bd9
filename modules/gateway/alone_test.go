package gateway_test

import (
	"crypto/ed25519"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/registry/registryfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/web"
)

// foreign is a token that is well made, by someone whose keys no gateway can know.
func foreign(t *testing.T) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": user.Issuer, "aud": user.Audience, "sub": "ada",
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	})
	token.Header["kid"] = "foreign"
	signed, err := token.SignedString(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	require.NoError(t, err)
	return signed
}

// A gateway that has never heard of the user module cannot tell a good token from a bad one. It must not say that a
// token is bad: clients throw those away.
func TestGatewayAlone(t *testing.T) {
	t.Parallel()
	modulestest.Each(t, []modules.Module{gatewayfx.Module()}, func(t *testing.T, n *modulestest.Node) {
		const profile = `{"name":"Ada","email":"ada@example.com","password":"correct horse"}`
		bodies := map[string]string{
			"POST /users": profile, "PATCH /users/{id}": "{}", "POST /sessions": `{"email":"ada@example.com","password":"x"}`,
			"POST /orders": `{"currency":"EUR","items":[{"sku":"x","quantity":1,"unit_price":1}]}`,
			"PUT /registry/services/{name}/instances/{id}": `{"address":"10.0.0.1:80"}`,
		}
		routes := n.API.Routes()
		require.Len(t, routes, 22, "this test is to know all routes")
		for _, route := range routes {
			name := route.Method + " " + route.Path
			t.Run(name, func(t *testing.T) {
				r := modulestest.Request{Method: route.Method, Path: route.Path, Token: foreign(t)}
				if body := bodies[name]; body != "" {
					r.Body = body
				}
				reply := n.Do(t, r)
				if route.Path == "/health" {
					require.Equal(t, http.StatusOK, reply.Status)
					return
				}
				code := "no_keys"
				if route.Access == web.Public {
					code = "module_unavailable"
				}
				reply.Problem(t, http.StatusServiceUnavailable, code)
				require.Equal(t, "1", reply.Header.Get("Retry-After"))
			})
		}
		t.Run("no token at all is a fault of the client", func(t *testing.T) {
			n.Do(t, modulestest.Request{Method: http.MethodGet, Path: "/orders"}).Problem(t, http.StatusUnauthorized, "unauthenticated")
		})
	}, modulestest.Elsewhere(orderfx.Module(), registryfx.Module(), userfx.Module()))
}

// With the keys of its last run a gateway goes on by itself.
func TestGatewayRemembersTheKeys(t *testing.T) {
	t.Parallel()
	for _, mode := range modulestest.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			dir := modulestest.Dir(t.TempDir())
			n := modulestest.Start(t, mode, []modules.Module{gatewayfx.Module(), orderfx.Module(), userfx.Module()}, dir)
			_, token := n.SignUp(t, "ada@example.com")
			orders := modulestest.Request{Method: http.MethodGet, Path: "/orders", Token: token}
			n.Do(t, orders).OK(t, http.StatusOK, "items", "next_cursor")
			n.Stop()

			n = modulestest.Start(t, mode, []modules.Module{gatewayfx.Module(), orderfx.Module()}, dir,
				modulestest.Elsewhere(userfx.Module()))
			n.Do(t, orders).OK(t, http.StatusOK, "items", "next_cursor")
			orders.Token = foreign(t)
			n.Do(t, orders).Problem(t, http.StatusUnauthorized, "invalid_token")
		})
	}
}
