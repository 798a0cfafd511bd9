package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// profileNames are all that the public sees of an account.
var profileNames = []string{"id", "name", "email", "created_at", "updated_at", "order_count", "order_totals"}

// each runs a test in every mode, on a node with the door and this module behind it.
func each(t *testing.T, test func(*testing.T, *modulestest.Node)) {
	t.Helper()
	modulestest.Each(t, []modules.Module{gatewayfx.Module(), userfx.Module()}, test,
		modulestest.Settings("user", func(s *userfx.Settings) { s.KeyLead, s.Hashes = 0, 2 }))
}

// signUpAdmin makes an account that is an admin by its token.
func signUpAdmin(t *testing.T, n *modulestest.Node, email string) (id, token string) {
	t.Helper()
	id, _ = n.SignUp(t, email)
	_, err := modulestest.Client[user.Service](n, "user", contract.Node).Promote(t.Context(), user.PromoteRequest{Email: email})
	require.NoError(t, err)
	return id, n.SignIn(t, email)
}

func get(t *testing.T, n *modulestest.Node, path, token string) modulestest.Reply {
	t.Helper()
	return n.Do(t, modulestest.Request{Method: http.MethodGet, Path: path, Token: token})
}
