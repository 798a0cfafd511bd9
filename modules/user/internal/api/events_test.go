package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/user/userfx"
)

func TestOrdersShowOnTheAccount(t *testing.T) {
	t.Parallel()
	all := []modules.Module{gatewayfx.Module(), orderfx.Module(), userfx.Module()}
	modulestest.Each(t, all, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		_, admin := signUpAdmin(t, n, "root@example.com")
		place := func(currency string, price int) string {
			body := fmt.Sprintf(`{"currency":%q,"items":[{"sku":"pen","quantity":1,"unit_price":%d}]}`, currency, price)
			reply := n.Do(t, modulestest.Request{Method: http.MethodPost, Path: "/orders", Token: token, Body: body})
			require.Equal(t, http.StatusCreated, reply.Status, "%s", reply.Body)
			return reply.Header.Get("Location")
		}
		become := func(order, verb string) {
			reply := n.Do(t, modulestest.Request{Method: http.MethodPost, Path: order + "/" + verb, Token: admin})
			require.Equal(t, http.StatusOK, reply.Status, "%s", reply.Body)
		}
		shows := func(count int, totals object) {
			t.Helper()
			n.Settled(t)
			reply := get(t, n, "/users/"+ada, token)
			got := reply.OK(t, http.StatusOK, profileNames...)
			require.EqualValues(t, count, got["order_count"])
			require.Equal(t, totals, got["order_totals"])
			require.Equal(t, `"v1"`, reply.Header.Get("ETag"), "it is no change of the profile")
			listed := get(t, n, "/users?limit=1", admin).OK(t, http.StatusOK, "items", "next_cursor")
			require.Equal(t, []any{got}, listed["items"])
		}
		confirmed, cancelled, yen := place("EUR", 200), place("EUR", 300), place("JPY", 0)
		shows(3, object{"EUR": 500.0, "JPY": 0.0})
		become(confirmed, "confirm")
		become(cancelled, "cancel")
		become(yen, "cancel")
		shows(1, object{"EUR": 200.0})
	}, modulestest.Settings("user", func(s *userfx.Settings) { s.KeyLead, s.Hashes = 0, 2 }))
}
