package user_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

// password is everybody's.
const password = "correct horse"

// each runs a test in every mode, on a node where signing keys may be rotated at any time.
func each(t *testing.T, test func(*testing.T, *modulestest.Node), options ...modulestest.Option) {
	t.Helper()
	options = append([]modulestest.Option{noLead}, options...)
	modulestest.Each(t, []modules.Module{userfx.Module()}, test, options...)
}

var noLead = modulestest.Settings("user", func(s *userfx.Settings) { s.KeyLead, s.Hashes = 0, 2 })

// public, operator and order are the module as those see it who may call it.
func public(n *modulestest.Node) user.Service {
	return modulestest.Client[user.Service](n, "user", contract.Gateway)
}

func operator(n *modulestest.Node) user.Service {
	return modulestest.Client[user.Service](n, "user", contract.Node)
}

func order(n *modulestest.Node) user.Service {
	return modulestest.Client[user.Service](n, "user", "order")
}

// register makes an account; it takes as long as a hash.
func register(t *testing.T, n *modulestest.Node, email string) user.User {
	t.Helper()
	u, err := public(n).Register(t.Context(), user.RegisterRequest{Name: "Ada", Email: email, Password: password})
	require.NoError(t, err)
	return u
}

// login signs an account in.
func login(t *testing.T, n *modulestest.Node, email string) user.Session {
	t.Helper()
	s, err := public(n).Login(t.Context(), user.LoginRequest{Email: email, Password: password})
	require.NoError(t, err)
	return s
}

// exists asks as the order module does.
func exists(t *testing.T, n *modulestest.Node, id string) bool {
	t.Helper()
	reply, err := order(n).Exists(t.Context(), user.ExistsRequest{ID: id})
	require.NoError(t, err)
	return reply.Exists
}
