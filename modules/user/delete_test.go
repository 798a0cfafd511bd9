package user_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestDelete(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		self := modulestest.As(t, ada.ID)

		_, err := public(n).Delete(self, user.DeleteRequest{ID: ada.ID, IfVersion: 2})
		modulestest.Refused(t, err, status.PreconditionFailed, "")
		require.True(t, exists(t, n, ada.ID))

		_, err = public(n).Delete(self, user.DeleteRequest{ID: ada.ID, IfVersion: 1})
		require.NoError(t, err)

		t.Run("gone", func(t *testing.T) {
			require.False(t, exists(t, n, ada.ID))
			_, err := public(n).Get(self, user.GetRequest{ID: ada.ID})
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
			_, err = public(n).Update(self, user.UpdateRequest{ID: ada.ID, Name: new("Eve")})
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
		})
		t.Run("deleted once", func(t *testing.T) {
			_, err := public(n).Delete(self, user.DeleteRequest{ID: ada.ID})
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
		})
		t.Run("cannot sign in", func(t *testing.T) {
			_, err := public(n).Login(t.Context(), user.LoginRequest{Email: "ada@example.com", Password: password})
			modulestest.Refused(t, err, status.Unauthenticated, "wrong_credentials")
		})
		t.Run("address is free for another account", func(t *testing.T) {
			again := register(t, n, "ADA@example.com")
			require.NotEqual(t, ada.ID, again.ID)
			require.True(t, exists(t, n, again.ID))
			require.False(t, exists(t, n, ada.ID))
		})
	})
}
