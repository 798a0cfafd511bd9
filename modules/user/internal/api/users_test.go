package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestGetUser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		_, admin := signUpAdmin(t, n, "root@example.com")

		for who, token := range map[string]string{"itself": token, "an admin": admin} {
			t.Run("200 for "+who, func(t *testing.T) {
				reply := get(t, n, "/users/"+ada, token)
				got := reply.OK(t, http.StatusOK, profileNames...)
				require.Equal(t, ada, got["id"])
				require.Equal(t, `"v1"`, reply.Header.Get("ETag"))
				require.Empty(t, reply.Header.Values("Location"))
			})
		}
		t.Run("401 for nobody", func(t *testing.T) {
			reply := get(t, n, "/users/"+ada, "")
			reply.Problem(t, http.StatusUnauthorized, "unauthenticated")
			require.NotEmpty(t, reply.Header.Get("WWW-Authenticate"))
		})
		t.Run("403 for another, whether it exists or not", func(t *testing.T) {
			_, eve := n.SignUp(t, "eve@example.com")
			get(t, n, "/users/"+ada, eve).Problem(t, http.StatusForbidden, "permission_denied")
			get(t, n, "/users/nobody", eve).Problem(t, http.StatusForbidden, "permission_denied")
		})
		t.Run("404 for an admin", func(t *testing.T) {
			get(t, n, "/users/nobody", admin).Problem(t, http.StatusNotFound, "user_not_found")
		})
		t.Run("503 while the module is away", func(t *testing.T) {
			n.Withdraw("user")
			reply := get(t, n, "/users/"+ada, token)
			reply.Problem(t, http.StatusServiceUnavailable, "module_unavailable")
			require.Equal(t, "1", reply.Header.Get("Retry-After"))
			n.Serve("user")
			get(t, n, "/users/"+ada, token).OK(t, http.StatusOK, profileNames...)
		})
	})
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		remove := func(t *testing.T, etag string) modulestest.Reply {
			r := modulestest.Request{Method: http.MethodDelete, Path: "/users/" + ada, Token: token}
			if etag != "" {
				r.Header = map[string]string{"If-Match": etag}
			}
			return n.Do(t, r)
		}
		remove(t, `"v2"`).Problem(t, http.StatusPreconditionFailed, "precondition_failed")
		reply := remove(t, `"v1"`)
		require.Equal(t, http.StatusNoContent, reply.Status, "%s", reply.Body)
		require.Empty(t, reply.Body)
		require.Empty(t, reply.Header.Values("ETag"))
		remove(t, "").Problem(t, http.StatusNotFound, "user_not_found")
		get(t, n, "/users/"+ada, token).Problem(t, http.StatusNotFound, "user_not_found")
	})
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		root, admin := signUpAdmin(t, n, "root@example.com")

		page := func(t *testing.T, query string) (ids []any, next string) {
			got := get(t, n, "/users"+query, admin).OK(t, http.StatusOK, "items", "next_cursor")
			for _, item := range got["items"].([]any) {
				modulestest.HasNames(t, item, profileNames...)
				ids = append(ids, item.(object)["id"])
			}
			return ids, got["next_cursor"].(string)
		}
		ids, next := page(t, "")
		require.Equal(t, []any{ada, root}, ids)
		require.Empty(t, next, "there on the last page too, and empty")
		ids, next = page(t, "?limit=1")
		require.Equal(t, []any{ada}, ids)
		ids, next = page(t, "?limit=200&cursor="+next)
		require.Equal(t, []any{root}, ids)
		require.Empty(t, next)

		get(t, n, "/users", token).Problem(t, http.StatusForbidden, "permission_denied")
		get(t, n, "/users", "").Problem(t, http.StatusUnauthorized, "unauthenticated")
		get(t, n, "/users?cursor=bad", admin).Problem(t, http.StatusUnprocessableEntity, "invalid_cursor")
		for _, query := range []string{"limit=0", "limit=201", "limit=x", "limit=-1", "sort=name"} {
			get(t, n, "/users?"+query, admin).Problem(t, http.StatusUnprocessableEntity, "invalid")
		}
	})
}
