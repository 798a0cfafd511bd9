package order_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

func TestWhoMaySee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		o := place(t, n, ada)
		for who, as := range map[string]context.Context{"owner": modulestest.As(t, ada), "admin": admin(t)} {
			t.Run(who, func(t *testing.T) {
				got, err := public(n).Get(as, order.GetRequest{ID: o.ID})
				require.NoError(t, err)
				require.Equal(t, o, got)
			})
		}
		_, err := public(n).Get(admin(t), order.GetRequest{ID: someone()})
		missing := modulestest.Refused(t, err, status.NotFound, "order_not_found")
		for who, as := range map[string]context.Context{
			"other": modulestest.As(t, someone()), "other with another role": modulestest.As(t, someone(), "support"),
			"nobody": t.Context(), "nobody with a role": modulestest.As(t, "", contract.RoleAdmin),
		} {
			t.Run(who+" learns nothing", func(t *testing.T) {
				_, err := public(n).Get(as, order.GetRequest{ID: o.ID})
				require.Equal(t, missing, err, "the same as for an order that does not exist")
			})
		}
	})
}

func TestWhoMayCall(t *testing.T) {
	t.Parallel()
	notAllowed := status.New(status.PermissionDenied, "caller_not_allowed", "")
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		for _, caller := range []contract.Caller{contract.Gateway, contract.Node, "order", "user", "registry", ""} {
			s := modulestest.Client[order.Service](n, "order", caller)
			for method, err := range everyMethod(admin(t), s) {
				require.Equal(t, caller != contract.Gateway, errors.Is(err, notAllowed), "%s by %s: %v", method, caller, err)
			}
		}
	})
}

func TestAwayIsUnavailable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		n.Withdraw("order")
		for _, err := range everyMethod(admin(t), public(n)) {
			modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
		}
		n.Serve("order")
		place(t, n, someone())
	})
}

func everyMethod(ctx context.Context, s order.Service) map[string]error {
	errs := make(map[string]error)
	_, errs["place"] = s.Place(ctx, order.PlaceRequest{})
	_, errs["get"] = s.Get(ctx, order.GetRequest{})
	_, errs["list"] = s.List(ctx, order.ListRequest{})
	_, errs["confirm"] = s.Confirm(ctx, order.ChangeRequest{})
	_, errs["cancel"] = s.Cancel(ctx, order.ChangeRequest{})
	return errs
}
