package user_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

func TestList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		admin := modulestest.As(t, "root", "admin")
		page := func(t *testing.T, cursor string, limit int) user.Page {
			t.Helper()
			p, err := public(n).List(admin, user.ListRequest{Cursor: cursor, Limit: limit})
			require.NoError(t, err)
			return p
		}
		t.Run("nobody there", func(t *testing.T) {
			p := page(t, "", 0)
			require.Empty(t, p.Items)
			require.Empty(t, p.NextCursor)
		})
		var made []user.User
		for i := range 3 {
			made = append(made, register(t, n, fmt.Sprintf("user%d@example.com", i)))
		}
		t.Run("everybody, oldest first", func(t *testing.T) {
			for _, limit := range []int{0, 3, 4, contract.MaxPageLimit} {
				p := page(t, "", limit)
				require.Equal(t, made, p.Items)
				require.Empty(t, p.NextCursor)
			}
		})
		t.Run("in pages, each row once", func(t *testing.T) {
			for _, limit := range []int{1, 2} {
				require.Equal(t, made, walk(t, limit, page))
			}
		})
		t.Run("a cursor stays good", func(t *testing.T) {
			first := page(t, "", 2)
			require.Equal(t, first, page(t, "", 2))
			_, err := public(n).Delete(admin, user.DeleteRequest{ID: first.Items[1].ID})
			require.NoError(t, err)
			late := register(t, n, "late@example.com")
			require.Equal(t, []user.User{made[2], late}, page(t, first.NextCursor, 2).Items,
				"rows before it may go and rows after it may come")
		})
	})
}

// walk collects the items of all pages.
func walk(t *testing.T, limit int, page func(*testing.T, string, int) user.Page) []user.User {
	t.Helper()
	var all []user.User
	for p := page(t, "", limit); ; p = page(t, p.NextCursor, limit) {
		require.LessOrEqual(t, len(p.Items), limit)
		all = append(all, p.Items...)
		if p.NextCursor == "" {
			return all
		}
		require.Len(t, p.Items, limit, "only the last page may be short")
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		for who, as := range map[string]struct {
			subject string
			roles   []string
		}{"a user": {subject: "ada"}, "another role": {subject: "ada", roles: []string{"ADMIN"}}, "nobody": {}} {
			t.Run(who, func(t *testing.T) {
				_, err := public(n).List(modulestest.As(t, as.subject, as.roles...), user.ListRequest{Cursor: "bad", Limit: -1})
				modulestest.Refused(t, err, status.PermissionDenied, "permission_denied")
			})
		}
		for what, cursor := range map[string]string{
			"no base64": "?", "no cursor": "aGVsbG8", "of another list": contract.EncodeCursor("orders", "x"),
			"of no row": contract.EncodeCursor("users", ""), "padded": contract.EncodeCursor("users", "x") + "=",
			"too long": contract.EncodeCursor("users", strings.Repeat("x", 1000)),
		} {
			t.Run("cursor "+what, func(t *testing.T) {
				_, err := public(n).List(modulestest.As(t, "root", "admin"), user.ListRequest{Cursor: cursor})
				e := modulestest.Refused(t, err, status.Invalid, "invalid_cursor")
				require.NotEmpty(t, e.Details[status.DetailHint])
			})
		}
		for _, limit := range []int{-1, contract.MaxPageLimit + 1, 1 << 40} {
			t.Run(fmt.Sprintf("limit %d", limit), func(t *testing.T) {
				_, err := public(n).List(modulestest.As(t, "root", "admin"), user.ListRequest{Limit: limit})
				e := modulestest.Refused(t, err, status.Invalid, "")
				require.Contains(t, e.Message, "limit")
			})
		}
	})
}
