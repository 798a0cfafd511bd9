package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestDeletedAccount(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		admin := signUpAdmin(t, n)
		open, kept, others := place(t, n, token), place(t, n, token), place(t, n, admin)
		kept = post(t, n, "/orders/"+kept["id"].(string)+"/confirm", admin, "", "").OK(t, http.StatusOK, orderNames...)

		gone := n.Do(t, modulestest.Request{Method: http.MethodDelete, Path: "/users/" + ada, Token: token})
		require.Equal(t, http.StatusNoContent, gone.Status)
		n.Settled(t)
		now := func(o object) object {
			return get(t, n, "/orders/"+o["id"].(string), admin).OK(t, http.StatusOK, orderNames...)
		}
		require.Equal(t, kept, now(kept), "confirmed is confirmed")
		require.Equal(t, others, now(others))
		got := now(open)
		require.NotEqual(t, open["updated_at"], got["updated_at"])
		open["status"], open["updated_at"] = "cancelled", got["updated_at"]
		require.Equal(t, open, got)
	})
}
