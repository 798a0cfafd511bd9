package user_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestPromote(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		want := ada
		want.Roles = []string{"admin"}
		for _, outcome := range []string{"makes an admin", "twice is once"} {
			t.Run(outcome, func(t *testing.T) {
				got, err := operator(n).Promote(t.Context(), user.PromoteRequest{Email: "ADA@example.com"})
				require.NoError(t, err)
				require.Equal(t, want, got, "the role is no part of the profile: version and time stay")
			})
		}
		t.Run("unknown address", func(t *testing.T) {
			for _, email := range []string{"eve@example.com", ""} {
				_, err := operator(n).Promote(t.Context(), user.PromoteRequest{Email: email})
				modulestest.Refused(t, err, status.NotFound, "user_not_found")
			}
		})
		t.Run("stays when the profile changes", func(t *testing.T) {
			got, err := public(n).Update(modulestest.As(t, ada.ID), user.UpdateRequest{ID: ada.ID, Name: new("Countess"), IfVersion: 1})
			require.NoError(t, err)
			require.Equal(t, []string{"admin"}, got.Roles)
		})
	})
}
