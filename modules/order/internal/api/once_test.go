package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		admin := signUpAdmin(t, n)
		// replayed requires two answers to be the same to the byte but for the mark.
		replayed := func(t *testing.T, first, second modulestest.Reply) {
			t.Helper()
			require.Equal(t, first.Status, second.Status)
			require.Equal(t, string(first.Body), string(second.Body))
			require.Equal(t, first.Header.Values("Location"), second.Header.Values("Location"))
			require.Empty(t, first.Header.Values("Idempotent-Replayed"))
			require.Equal(t, "true", second.Header.Get("Idempotent-Replayed"))
		}
		first := post(t, n, "/orders", token, "k", book)
		o := first.OK(t, http.StatusCreated, orderNames...)
		path := "/orders/" + o["id"].(string)

		t.Run("same request, same answer", func(t *testing.T) {
			replayed(t, first, post(t, n, "/orders", token, "k", book))
		})
		t.Run("422 for another body", func(t *testing.T) {
			for _, body := range []string{book + " ", strings.Replace(book, "EUR", "USD", 1)} {
				p := post(t, n, "/orders", token, "k", body).Problem(t, http.StatusUnprocessableEntity, "idempotency_key_reused")
				require.NotEmpty(t, p["hint"])
			}
		})
		t.Run("another's key is another order", func(t *testing.T) {
			other := post(t, n, "/orders", admin, "k", book)
			require.NotEqual(t, o["id"], other.OK(t, http.StatusCreated, orderNames...)["id"])
			require.Empty(t, other.Header.Values("Idempotent-Replayed"))
		})
		for _, verb := range []string{"confirm", "cancel"} {
			t.Run(verb, func(t *testing.T) {
				one, two := place(t, n, token), place(t, n, token)
				to := func(o object) string { return "/orders/" + o["id"].(string) + "/" + verb }
				first := post(t, n, to(one), admin, "k", "")
				first.OK(t, http.StatusOK, orderNames...)
				replayed(t, first, post(t, n, to(one), admin, "k", ""))
				post(t, n, to(two), admin, "k", "").Problem(t, http.StatusUnprocessableEntity, "idempotency_key_reused")
			})
		}
		t.Run("422 for a key that is none", func(t *testing.T) {
			for _, key := range []string{strings.Repeat("k", 256), "kéy", "k\x7f"} {
				for _, path := range []string{"/orders", path + "/cancel", path + "/confirm"} {
					post(t, n, path, admin, key, book).Problem(t, http.StatusUnprocessableEntity, "invalid")
				}
			}
		})
		t.Run("replayed though the account is gone", func(t *testing.T) {
			gone := n.Do(t, modulestest.Request{Method: http.MethodDelete, Path: "/users/" + ada, Token: token})
			require.Equal(t, http.StatusNoContent, gone.Status)
			n.Settled(t)
			replayed(t, first, post(t, n, "/orders", token, "k", book))
			post(t, n, "/orders", token, "new", book).Problem(t, http.StatusNotFound, "user_not_found")
			n.Withdraw("user")
			replayed(t, first, post(t, n, "/orders", token, "k", book))
		})
	})
}
