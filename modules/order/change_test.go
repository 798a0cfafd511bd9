package order_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/status"
)

// changes are the two transitions by the state they lead to.
var changes = map[order.Status]func(context.Context, order.Service, order.ChangeRequest) (order.Result, error){
	order.Confirmed: func(ctx context.Context, s order.Service, r order.ChangeRequest) (order.Result, error) {
		return s.Confirm(ctx, r)
	},
	order.Cancelled: func(ctx context.Context, s order.Service, r order.ChangeRequest) (order.Result, error) {
		return s.Cancel(ctx, r)
	},
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		for to, change := range changes {
			t.Run("created to "+string(to), func(t *testing.T) {
				ada := someone()
				before := place(t, n, ada)
				r, err := change(admin(t), public(n), order.ChangeRequest{ID: before.ID})
				require.NoError(t, err)
				want := before
				want.Status, want.Version, want.UpdatedAt = to, 2, r.Order.UpdatedAt
				require.Equal(t, order.Result{Order: want}, r)
				require.True(t, r.Order.UpdatedAt.After(before.UpdatedAt))
				require.Equal(t, []order.Order{want}, all(t, n, ada))

				for next, change := range changes {
					t.Run("and never to "+string(next), func(t *testing.T) {
						_, err := change(admin(t), public(n), order.ChangeRequest{ID: before.ID})
						e := modulestest.Refused(t, err, status.Conflict, "wrong_order_status")
						require.Contains(t, e.Message, "is "+string(to))
						require.Equal(t, string(to), e.Details["status"])
						require.Equal(t, []order.Order{want}, all(t, n, ada))
					})
				}
			})
		}
	})
}

func TestWhoMayChange(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		for _, row := range []struct {
			who            string
			as             context.Context
			confirm, close status.Code
		}{
			{"owner", modulestest.As(t, ada), status.PermissionDenied, 0},
			{"admin", admin(t), 0, 0},
			{"other", modulestest.As(t, someone()), status.PermissionDenied, status.NotFound},
			{"other with another role", modulestest.As(t, someone(), "Admin"), status.PermissionDenied, status.NotFound},
			{"nobody", t.Context(), status.PermissionDenied, status.NotFound},
		} {
			for to, want := range map[order.Status]status.Code{order.Confirmed: row.confirm, order.Cancelled: row.close} {
				t.Run(row.who+" to "+string(to), func(t *testing.T) {
					o := place(t, n, ada)
					_, err := changes[to](row.as, public(n), order.ChangeRequest{ID: o.ID})
					if want == 0 {
						require.NoError(t, err)
						return
					}
					modulestest.Refused(t, err, want, "")
					got, err := public(n).Get(admin(t), order.GetRequest{ID: o.ID})
					require.NoError(t, err)
					require.Equal(t, o, got)
				})
			}
		}
		for to, change := range changes {
			t.Run("unknown order to "+string(to), func(t *testing.T) {
				for _, id := range []string{"", "x", someone()} {
					_, err := change(admin(t), public(n), order.ChangeRequest{ID: id})
					modulestest.Refused(t, err, status.NotFound, "order_not_found")
				}
			})
		}
	})
}

func TestConfirmAgainstCancel(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		for range 10 {
			ada := someone()
			o := place(t, n, ada)
			var both sync.WaitGroup
			var mu sync.Mutex
			var won []order.Status
			for to, change := range changes {
				for range 3 {
					both.Go(func() {
						_, err := change(admin(t), public(n), order.ChangeRequest{ID: o.ID})
						mu.Lock()
						defer mu.Unlock()
						if err == nil {
							won = append(won, to)
						} else if !errors.Is(err, status.New(status.Conflict, "wrong_order_status", "")) {
							t.Errorf("refused with %v", err)
						}
					})
				}
			}
			both.Wait()
			require.Len(t, won, 1)
			require.Equal(t, won[0], all(t, n, ada)[0].Status)
		}
	})
}
