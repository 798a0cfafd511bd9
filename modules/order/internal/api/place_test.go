package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestPostOrders(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		t.Run("201 with the order and where it is", func(t *testing.T) {
			reply := post(t, n, "/orders", token, "", book)
			o := reply.OK(t, http.StatusCreated, orderNames...)
			require.Equal(t, "/orders/"+o["id"].(string), reply.Header.Get("Location"))
			require.Empty(t, reply.Header.Values("Idempotent-Replayed"))
			require.Equal(t, []any{ada, "created", "EUR", 4997.0}, []any{o["user_id"], o["status"], o["currency"], o["total"]})
			require.Equal(t, []any{
				object{"sku": "book-1", "quantity": 2.0, "unit_price": 1999.0},
				object{"sku": "bag", "quantity": 1.0, "unit_price": 999.0},
			}, o["items"])
			require.Equal(t, o["created_at"], o["updated_at"])
			_, err := time.Parse("2006-01-02T15:04:05.999999Z", o["created_at"].(string))
			require.NoError(t, err, "RFC 3339 in UTC")
		})
		for what, body := range map[string]string{
			"no currency":         `{"items":[{"sku":"x","quantity":1,"unit_price":1}]}`,
			"lower case":          strings.Replace(book, "EUR", "eur", 1),
			"unknown currency":    strings.Replace(book, "EUR", "EUX", 1),
			"no items":            `{"currency":"EUR","items":[]}`,
			"items null":          `{"currency":"EUR","items":null}`,
			"101 items":           `{"currency":"EUR","items":[` + strings.Repeat(`{"sku":"x","quantity":1,"unit_price":1},`, 100) + `{"sku":"x","quantity":1,"unit_price":1}]}`,
			"no product name":     strings.Replace(book, "bag", "", 1),
			"quantity 0":          strings.Replace(book, `"quantity":1`, `"quantity":0`, 1),
			"half a quantity":     strings.Replace(book, `"quantity":1`, `"quantity":0.5`, 1),
			"quantity of 65 bits": strings.Replace(book, `"quantity":1`, `"quantity":18446744073709551616`, 1),
			"price below 0":       strings.Replace(book, ":999}", ":-1}", 1),
			"a total":             strings.Replace(book, `"currency"`, `"total":1,"currency"`, 1),
			"somebody's name":     strings.Replace(book, `"currency"`, `"user_id":"eve","currency"`, 1),
		} {
			t.Run("422 for "+what, func(t *testing.T) {
				require.NotEqual(t, book, body, "the row changes nothing")
				post(t, n, "/orders", token, "", body).Problem(t, http.StatusUnprocessableEntity, "invalid")
			})
		}
		t.Run("422 for a total that overflows", func(t *testing.T) {
			body := fmt.Sprintf(`{"currency":"EUR","items":[{"sku":"x","quantity":2,"unit_price":%d}]}`, uint64(1)<<62)
			post(t, n, "/orders", token, "", body).Problem(t, http.StatusUnprocessableEntity, "total_overflow")
		})
		t.Run("400 for no JSON", func(t *testing.T) {
			post(t, n, "/orders", token, "", "{").Problem(t, http.StatusBadRequest, "malformed")
		})
		t.Run("401 for nobody", func(t *testing.T) {
			post(t, n, "/orders", "", "", book).Problem(t, http.StatusUnauthorized, "unauthenticated")
		})
		t.Run("201 while the user module is away", func(t *testing.T) {
			n.Withdraw("user")
			defer n.Serve("user")
			place(t, n, token)
		})
		t.Run("404 when the account is gone", func(t *testing.T) {
			gone := n.Do(t, modulestest.Request{Method: http.MethodDelete, Path: "/users/" + ada, Token: token})
			require.Equal(t, http.StatusNoContent, gone.Status)
			n.Settled(t)
			post(t, n, "/orders", token, "", book).Problem(t, http.StatusNotFound, "user_not_found")
		})
	})
}
