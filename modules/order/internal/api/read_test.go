package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestGetOrder(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		_, token := n.SignUp(t, "ada@example.com")
		_, eve := n.SignUp(t, "eve@example.com")
		admin := signUpAdmin(t, n)
		o := place(t, n, token)
		path := "/orders/" + o["id"].(string)
		for who, token := range map[string]string{"its owner": token, "an admin": admin} {
			t.Run("200 for "+who, func(t *testing.T) {
				require.Equal(t, o, get(t, n, path, token).OK(t, http.StatusOK, orderNames...))
			})
		}
		t.Run("404 for another", func(t *testing.T) {
			get(t, n, path, eve).Problem(t, http.StatusNotFound, "order_not_found")
			get(t, n, "/orders/x", eve).Problem(t, http.StatusNotFound, "order_not_found")
		})
		t.Run("401 for nobody", func(t *testing.T) {
			get(t, n, path, "").Problem(t, http.StatusUnauthorized, "unauthenticated")
		})
	})
}

func TestListOrders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		admin := signUpAdmin(t, n)
		var placed []any
		for range 3 {
			placed = append([]any{place(t, n, token)}, placed...)
		}
		last := place(t, n, admin)
		post(t, n, "/orders/"+last["id"].(string)+"/cancel", admin, "", "").OK(t, http.StatusOK, orderNames...)

		page := func(t *testing.T, query, token string) (items []any, next string) {
			t.Helper()
			got := get(t, n, "/orders"+query, token).OK(t, http.StatusOK, "items", "next_cursor")
			return got["items"].([]any), got["next_cursor"].(string)
		}
		t.Run("200 with one's own, newest first", func(t *testing.T) {
			items, next := page(t, "", token)
			require.Equal(t, placed, items)
			require.Empty(t, next)
		})
		t.Run("200 in pages", func(t *testing.T) {
			first, next := page(t, "?limit=2", token)
			second, end := page(t, "?limit=2&cursor="+next, token)
			require.Equal(t, placed, append(first, second...))
			require.Empty(t, end)
		})
		t.Run("200 with an empty list", func(t *testing.T) {
			items, _ := page(t, "?status=confirmed", token)
			require.Equal(t, []any{}, items, "which is no null")
		})
		t.Run("200 with everybody's or anybody's for an admin", func(t *testing.T) {
			items, _ := page(t, "", admin)
			require.Len(t, items, 4)
			items, _ = page(t, "?status=created&user_id="+ada, admin)
			require.Equal(t, placed, items)
			items, _ = page(t, "?status=cancelled", admin)
			require.Len(t, items, 1)
		})
		t.Run("403 for those of others", func(t *testing.T) {
			get(t, n, "/orders?user_id=root", token).Problem(t, http.StatusForbidden, "permission_denied")
			get(t, n, "/orders?user_id="+ada, token).OK(t, http.StatusOK, "items", "next_cursor")
		})
		for _, query := range []string{"limit=0", "limit=201", "limit=x", "status=paid", "sort=total"} {
			t.Run("422 for "+query, func(t *testing.T) {
				get(t, n, "/orders?"+query, token).Problem(t, http.StatusUnprocessableEntity, "invalid")
			})
		}
		t.Run("422 for a bad cursor", func(t *testing.T) {
			get(t, n, "/orders?cursor=bad", token).Problem(t, http.StatusUnprocessableEntity, "invalid_cursor")
		})
	})
}
