package core_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/order/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
)

// TestNewsInAnyOrder delivers a user's events late, twice and out of order, among orders of the user, and compares
// what is known and who may order with a maximum and a flag.
func TestNewsInAnyOrder(t *testing.T) {
	t.Parallel()
	s, p := openStore(t), &people{answer: exists}
	o := core.New(s, p, &notebook{}, newClock().now)
	rapid.Check(t, func(rt *rapid.T) {
		want := core.Customer{UserID: uuid.NewString()}
		as := contract.WithPrincipal(t.Context(), contract.Principal{Subject: want.UserID})
		hear := func(rt *rapid.T, handle handler) {
			e := user.Changed{ID: want.UserID, Version: rapid.Int64Range(1, 9).Draw(rt, "version")}
			require.NoError(rt, deliver(t.Context(), s, o, handle, e))
			want.Version = max(want.Version, e.Version)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"changed": func(rt *rapid.T) { hear(rt, (*core.Core).UserChanged) },
			"deleted": func(rt *rapid.T) {
				hear(rt, (*core.Core).UserDeleted)
				want.Deleted = true
			},
			"order": func(rt *rapid.T) {
				_, err := o.Place(as, pen(""))
				if want.Deleted {
					require.ErrorIs(rt, err, errGone)
					return
				}
				require.NoError(rt, err)
				require.Equal(rt, want, customer(rt, s, want.UserID))
			},
		})
		if want.Version > 0 {
			require.Equal(rt, want, customer(rt, s, want.UserID))
		}
	})
}
