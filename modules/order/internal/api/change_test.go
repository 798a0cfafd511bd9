package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestPostChange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		_, token := n.SignUp(t, "ada@example.com")
		_, eve := n.SignUp(t, "eve@example.com")
		admin := signUpAdmin(t, n)
		change := func(t *testing.T, o object, verb, token string) modulestest.Reply {
			t.Helper()
			return post(t, n, "/orders/"+o["id"].(string)+"/"+verb, token, "", "")
		}
		for _, row := range []struct{ who, verb, token, state string }{
			{"an admin", "confirm", admin, "confirmed"},
			{"an admin", "cancel", admin, "cancelled"},
			{"its owner", "cancel", token, "cancelled"},
		} {
			t.Run("200 to "+row.verb+" for "+row.who, func(t *testing.T) {
				o := place(t, n, token)
				reply := change(t, o, row.verb, row.token)
				got := reply.OK(t, http.StatusOK, orderNames...)
				require.Empty(t, reply.Header.Values("Location"), "nothing was made")
				require.Empty(t, reply.Header.Values("Idempotent-Replayed"))
				require.NotEqual(t, o["updated_at"], got["updated_at"])
				o["status"], o["updated_at"] = row.state, got["updated_at"]
				require.Equal(t, o, got)
				for _, verb := range []string{"confirm", "cancel"} {
					p := change(t, o, verb, admin).Problem(t, http.StatusConflict, "wrong_order_status")
					require.Contains(t, p["detail"], "is "+row.state)
				}
			})
		}
		t.Run("403 to confirm for its owner", func(t *testing.T) {
			change(t, place(t, n, token), "confirm", token).Problem(t, http.StatusForbidden, "permission_denied")
		})
		t.Run("404 to cancel for another", func(t *testing.T) {
			change(t, place(t, n, token), "cancel", eve).Problem(t, http.StatusNotFound, "order_not_found")
		})
		for _, verb := range []string{"confirm", "cancel"} {
			t.Run("401 and 404 to "+verb, func(t *testing.T) {
				change(t, object{"id": "x"}, verb, "").Problem(t, http.StatusUnauthorized, "unauthenticated")
				change(t, object{"id": "x"}, verb, admin).Problem(t, http.StatusNotFound, "order_not_found")
			})
		}
	})
}
