package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type object = map[string]any

// orderNames are all that the public sees of an order.
var orderNames = []string{"id", "user_id", "status", "currency", "items", "total", "created_at", "updated_at"}

// book is an order that is fine.
const book = `{"currency":"EUR","items":[{"sku":"book-1","quantity":2,"unit_price":1999},{"sku":"bag","quantity":1,"unit_price":999}]}`

// each runs a test in every mode, on a node with the door, this module and the real user module.
func each(t *testing.T, test func(*testing.T, *modulestest.Node)) {
	t.Helper()
	modulestest.Each(t, []modules.Module{gatewayfx.Module(), orderfx.Module(), userfx.Module()}, test,
		modulestest.Settings("user", func(s *userfx.Settings) { s.Hashes = 2 }))
}

// signUpAdmin makes an account that is an admin by its token.
func signUpAdmin(t *testing.T, n *modulestest.Node) (token string) {
	t.Helper()
	const email = "root@example.com"
	n.SignUp(t, email)
	_, err := modulestest.Client[user.Service](n, "user", contract.Node).Promote(t.Context(), user.PromoteRequest{Email: email})
	require.NoError(t, err)
	return n.SignIn(t, email)
}

// post sends a body, under a key if one is given.
func post(t *testing.T, n *modulestest.Node, path, token, key, body string) modulestest.Reply {
	t.Helper()
	r := modulestest.Request{Method: http.MethodPost, Path: path, Token: token}
	if body != "" {
		r.Body = body
	}
	if key != "" {
		r.Header = map[string]string{"Idempotency-Key": key}
	}
	return n.Do(t, r)
}

func get(t *testing.T, n *modulestest.Node, path, token string) modulestest.Reply {
	t.Helper()
	return n.Do(t, modulestest.Request{Method: http.MethodGet, Path: path, Token: token})
}

// place places book and returns the answer.
func place(t *testing.T, n *modulestest.Node, token string) object {
	t.Helper()
	return post(t, n, "/orders", token, "", book).OK(t, http.StatusCreated, orderNames...)
}
