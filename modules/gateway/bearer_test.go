package gateway_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

func TestAuthorization(t *testing.T) {
	t.Parallel()
	placed := []modules.Module{gatewayfx.Module(), orderfx.Module(), userfx.Module()}
	modulestest.Each(t, placed, func(t *testing.T, n *modulestest.Node) {
		_, token := n.SignUp(t, "ada@example.com")
		send := func(t *testing.T, header string) modulestest.Reply {
			return n.Do(t, modulestest.Request{Method: http.MethodGet, Path: "/orders", Header: map[string]string{"Authorization": header}})
		}
		for _, scheme := range []string{"Bearer", "bearer", "BEARER"} {
			t.Run(scheme+" taken", func(t *testing.T) { send(t, scheme+" "+token).OK(t, http.StatusOK, "items", "next_cursor") })
		}
		for what, row := range map[string]struct{ header, code string }{
			"nothing":           {"", "unauthenticated"},
			"token alone":       {token, "unauthenticated"},
			"scheme alone":      {"Bearer", "unauthenticated"},
			"empty token":       {"Bearer ", "unauthenticated"},
			"another scheme":    {"Basic YWRhOnB3", "unauthenticated"},
			"two blanks":        {"Bearer  " + token, "unauthenticated"},
			"two tokens":        {"Bearer " + token + ", Bearer " + token, "unauthenticated"},
			"no token":          {"Bearer garbage", "invalid_token"},
			"foreign signature": {"Bearer " + foreign(t), "invalid_token"},
			"bent token":        {"Bearer " + token[:len(token)-2], "invalid_token"},
		} {
			t.Run(what+" refused", func(t *testing.T) {
				reply := send(t, row.header)
				reply.Problem(t, http.StatusUnauthorized, row.code)
				require.Contains(t, reply.Header.Get("WWW-Authenticate"), "Bearer")
				require.NotContains(t, string(reply.Body), token[:40])
			})
		}
		t.Run("public routes do not look at it", func(t *testing.T) {
			n.Do(t, modulestest.Request{Method: http.MethodGet, Path: "/health", Token: "garbage"}).
				OK(t, http.StatusOK, "status", "service", "version", "node", "modules")
		})
		t.Run("good through a rotation", func(t *testing.T) {
			_, err := modulestest.Client[user.Service](n, "user", contract.Node).RotateKeys(t.Context(), user.RotateKeysRequest{})
			require.NoError(t, err)
			send(t, "Bearer "+token).OK(t, http.StatusOK, "items", "next_cursor")
			send(t, "Bearer "+n.SignIn(t, "ada@example.com")).OK(t, http.StatusOK, "items", "next_cursor")
		})
		t.Run("good while the user module is away", func(t *testing.T) {
			n.Withdraw("user")
			send(t, "Bearer "+token).OK(t, http.StatusOK, "items", "next_cursor")
		})
	}, modulestest.Settings("user", func(s *userfx.Settings) { s.KeyLead = 0 }))
}
