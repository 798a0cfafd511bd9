package user_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// onAccount are the methods that touch one account, each in a way that changes nothing of it.
var onAccount = map[string]func(context.Context, user.Service, string) error{
	"get": func(ctx context.Context, s user.Service, id string) error {
		_, err := s.Get(ctx, user.GetRequest{ID: id})
		return err
	},
	"update": func(ctx context.Context, s user.Service, id string) error {
		_, err := s.Update(ctx, user.UpdateRequest{ID: id})
		return err
	},
	"delete": func(ctx context.Context, s user.Service, id string) error {
		_, err := s.Delete(ctx, user.DeleteRequest{ID: id, IfVersion: 99})
		if status.CodeOf(err) == status.PreconditionFailed {
			return nil // it was found and looked at
		}
		return err
	},
}

func TestWhoMayTouchAnAccount(t *testing.T) {
	t.Parallel()
	const unknown = "01890000-0000-7000-8000-000000000000"
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		for name, do := range onAccount {
			t.Run(name, func(t *testing.T) {
				for _, row := range []struct {
					who     string
					as      context.Context
					id      string
					refusal status.Code
				}{
					{"itself", modulestest.As(t, ada.ID), ada.ID, 0},
					{"admin", modulestest.As(t, "root", "admin"), ada.ID, 0},
					{"admin, unknown account", modulestest.As(t, "root", "admin"), unknown, status.NotFound},
					{"itself, deleted meanwhile", modulestest.As(t, unknown), unknown, status.NotFound},
					{"other", modulestest.As(t, "eve"), ada.ID, status.PermissionDenied},
					{"other with another role", modulestest.As(t, "eve", "Admin", "support"), ada.ID, status.PermissionDenied},
					{"nobody", t.Context(), ada.ID, status.PermissionDenied},
					{"nobody, no id", t.Context(), "", status.PermissionDenied},
				} {
					t.Run(row.who, func(t *testing.T) {
						err := do(row.as, public(n), row.id)
						if row.refusal == 0 {
							require.NoError(t, err)
							return
						}
						modulestest.Refused(t, err, row.refusal, "")
					})
				}
				t.Run("others cannot tell whether it exists", func(t *testing.T) {
					eve := modulestest.As(t, "eve")
					require.Equal(t, do(eve, public(n), ada.ID), do(eve, public(n), unknown))
				})
			})
		}
	})
}

// notAllowed is what the owner's list of callers says to those who are not on it.
var notAllowed = status.New(status.PermissionDenied, "caller_not_allowed", "")

// The module's methods, each with who may call it. Whoever else does is refused before the module hears of it.
func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	const order = contract.Caller("order")
	want := map[string]contract.Caller{
		"register": contract.Gateway, "login": contract.Gateway, "keys": contract.Gateway, "get": contract.Gateway,
		"update": contract.Gateway, "delete": contract.Gateway, "list": contract.Gateway,
		"exists": order, "promote": contract.Node, "rotate_keys": contract.Node,
		"create_api_key": contract.Node, "list_api_keys": contract.Node, "revoke_api_key": contract.Node,
		"check_api_key": contract.Gateway,
	}
	each(t, func(t *testing.T, n *modulestest.Node) {
		for _, caller := range []contract.Caller{contract.Gateway, contract.Node, order, "registry", "user", ""} {
			s := modulestest.Client[user.Service](n, "user", caller)
			as := modulestest.As(t, "root", "admin")
			for method, err := range everyMethod(as, s) {
				if caller == want[method] {
					require.NotErrorIs(t, err, notAllowed, "%s by %s", method, caller)
					continue
				}
				e := modulestest.Refused(t, err, status.PermissionDenied, "caller_not_allowed")
				require.Contains(t, e.Message, "user."+method)
			}
		}
	})
}

// everyMethod calls each method with nothing in it, which changes nothing but the keys.
func everyMethod(ctx context.Context, s user.Service) map[string]error {
	errs := make(map[string]error)
	_, errs["register"] = s.Register(ctx, user.RegisterRequest{})
	_, errs["login"] = s.Login(ctx, user.LoginRequest{})
	_, errs["keys"] = s.Keys(ctx, user.KeysRequest{})
	_, errs["get"] = s.Get(ctx, user.GetRequest{})
	_, errs["update"] = s.Update(ctx, user.UpdateRequest{})
	_, errs["delete"] = s.Delete(ctx, user.DeleteRequest{})
	_, errs["list"] = s.List(ctx, user.ListRequest{})
	_, errs["exists"] = s.Exists(ctx, user.ExistsRequest{})
	_, errs["promote"] = s.Promote(ctx, user.PromoteRequest{})
	_, errs["rotate_keys"] = s.RotateKeys(ctx, user.RotateKeysRequest{})
	_, errs["create_api_key"] = s.CreateAPIKey(ctx, user.CreateAPIKeyRequest{})
	_, errs["list_api_keys"] = s.ListAPIKeys(ctx, user.ListAPIKeysRequest{})
	_, errs["revoke_api_key"] = s.RevokeAPIKey(ctx, user.RevokeAPIKeyRequest{})
	_, errs["check_api_key"] = s.CheckAPIKey(ctx, user.CheckAPIKeyRequest{})
	return errs
}

func TestAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		n.Withdraw("user")
		for method, err := range everyMethod(t.Context(), public(n)) {
			if errors.Is(err, notAllowed) {
				require.Contains(t, []string{"exists", "promote", "rotate_keys", "create_api_key", "list_api_keys", "revoke_api_key"}, method)
				continue
			}
			modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
		}
		n.Serve("user")
		_, err := public(n).Keys(t.Context(), user.KeysRequest{})
		require.NoError(t, err)
	})
}
