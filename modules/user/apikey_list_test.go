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

func TestListAPIKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		page := func(t *testing.T, email, cursor string, limit int) user.APIKeyPage {
			t.Helper()
			p, err := operator(n).ListAPIKeys(t.Context(), user.ListAPIKeysRequest{Email: email, Cursor: cursor, Limit: limit})
			require.NoError(t, err)
			return p
		}
		none := page(t, "", "", 0)
		require.Equal(t, user.APIKeyPage{Items: []user.APIKey{}}, none, "no keys is no null")

		var all []user.APIKey
		for _, email := range []string{"zoe@example.com", "ada@example.com"} { // by age of the account, not by address
			register(t, n, email)
			// A name may be all that a name of a person may be, and make a long cursor.
			for _, name := range []string{"a", "b/c", strings.Repeat("é", user.MaxAPIKeyName)} {
				all = append(all, newKey(t, n, email, name, "module:order", "route:x").APIKey)
			}
		}
		register(t, n, "nokeys@example.com")
		for _, row := range []struct {
			email string
			want  []user.APIKey
		}{{"", all}, {"ZOE@example.com", all[:3]}, {"ada@example.com", all[3:]}, {"nokeys@example.com", []user.APIKey{}}} {
			for _, limit := range []int{0, 1, 2, 3, 6, contract.MaxPageLimit} {
				t.Run(fmt.Sprintf("of %q by %d", row.email, limit), func(t *testing.T) {
					got := []user.APIKey{}
					for p := page(t, row.email, "", limit); ; p = page(t, row.email, p.NextCursor, limit) {
						if got = append(got, p.Items...); p.NextCursor == "" {
							break
						}
						require.Len(t, p.Items, limit, "only the last page may be short")
					}
					require.Equal(t, row.want, got)
				})
			}
		}
		for what, r := range map[string]user.ListAPIKeysRequest{
			"cursor": {Cursor: contract.EncodeCursor("users", "x")}, "limit": {Limit: contract.MaxPageLimit + 1},
		} {
			_, err := operator(n).ListAPIKeys(t.Context(), r)
			e := modulestest.Refused(t, err, status.Invalid, "")
			require.Contains(t, e.Message, what)
		}
	})
}
