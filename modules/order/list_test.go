package order_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

func list(t *testing.T, n *modulestest.Node, as context.Context, r order.ListRequest) order.Page {
	t.Helper()
	page, err := public(n).List(as, r)
	require.NoError(t, err)
	require.NotNil(t, page.Items)
	return page
}

// walk collects the items of all pages.
func walk(t *testing.T, n *modulestest.Node, as context.Context, r order.ListRequest) []order.Order {
	t.Helper()
	items := []order.Order{}
	for {
		page := list(t, n, as, r)
		require.LessOrEqual(t, len(page.Items), r.Limit)
		items = append(items, page.Items...)
		if r.Cursor = page.NextCursor; r.Cursor == "" {
			return items
		}
		require.Len(t, page.Items, r.Limit, "only the last page may be short")
	}
}

// Every filter alone and with the other, walked by pages of every size.
func TestList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada, bob := someone(), someone()
		var newestFirst []order.Order
		for i, who := range []string{ada, bob, ada, ada, bob, ada, bob} {
			o := place(t, n, who)
			if i%3 > 0 {
				to := []order.Status{order.Confirmed, order.Cancelled}[i%3-1]
				r, err := changes[to](admin(t), public(n), order.ChangeRequest{ID: o.ID})
				require.NoError(t, err)
				o = r.Order
			}
			newestFirst = append([]order.Order{o}, newestFirst...)
		}
		for _, st := range []order.Status{"", order.Created, order.Confirmed, order.Cancelled} {
			for _, row := range []struct {
				who    string
				as     context.Context
				userID string
				of     string
			}{
				{"ada's own", modulestest.As(t, ada), "", ada},
				{"ada's own by name", modulestest.As(t, ada), ada, ada},
				{"everybody's for an admin", admin(t), "", ""},
				{"bob's for an admin", admin(t), bob, bob},
				{"an admin's own", admin(t), "root", "root"},
			} {
				want := slices.DeleteFunc(slices.Clone(newestFirst), func(o order.Order) bool {
					return row.of != "" && o.UserID != row.of || st != "" && o.Status != st
				})
				t.Run(fmt.Sprintf("%s in status %q", row.who, st), func(t *testing.T) {
					for limit := range len(newestFirst) + 1 {
						got := walk(t, n, row.as, order.ListRequest{UserID: row.userID, Status: st, Limit: limit + 1})
						require.Equal(t, want, got)
					}
				})
			}
		}
	})
}

func TestListCursorStaysGood(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		var placed []order.Order
		for range 4 {
			placed = append(placed, place(t, n, ada))
		}
		first := list(t, n, modulestest.As(t, ada), order.ListRequest{Limit: 2})
		place(t, n, ada)
		second := list(t, n, modulestest.As(t, ada), order.ListRequest{Limit: 2, Cursor: first.NextCursor})
		require.Equal(t, []order.Order{placed[3], placed[2], placed[1], placed[0]}, slices.Concat(first.Items, second.Items),
			"what comes meanwhile moves nothing")
		require.Empty(t, second.NextCursor)
	})
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := modulestest.As(t, someone())
		for _, row := range []struct {
			what string
			as   context.Context
			r    order.ListRequest
			code status.Code
			name string
		}{
			{"nobody", t.Context(), order.ListRequest{}, status.Unauthenticated, ""},
			{"orders of others", ada, order.ListRequest{UserID: someone()}, status.PermissionDenied, ""},
			{"unknown status", ada, order.ListRequest{Status: "paid"}, status.Invalid, ""},
			{"status in capitals", ada, order.ListRequest{Status: "Created"}, status.Invalid, ""},
			{"limit below 0", ada, order.ListRequest{Limit: -1}, status.Invalid, ""},
			{"limit over 200", ada, order.ListRequest{Limit: contract.MaxPageLimit + 1}, status.Invalid, ""},
			{"cursor of no base64", ada, order.ListRequest{Cursor: "?"}, status.Invalid, "invalid_cursor"},
			{"cursor of another list", ada, order.ListRequest{Cursor: contract.EncodeCursor("users", "x")}, status.Invalid, "invalid_cursor"},
			{"cursor that is too long", ada, order.ListRequest{Cursor: strings.Repeat("A", 10_000)}, status.Invalid, "invalid_cursor"},
		} {
			t.Run(row.what, func(t *testing.T) {
				_, err := public(n).List(row.as, row.r)
				modulestest.Refused(t, err, row.code, row.name)
			})
		}
	})
}
