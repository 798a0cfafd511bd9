package user_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register(t, n, "ada@example.com")

		t.Run("token for an hour", func(t *testing.T) {
			s := login(t, n, "ada@example.com")
			require.NotEmpty(t, s.AccessToken)
			require.Equal(t, "Bearer", s.TokenType)
			require.EqualValues(t, 3600, s.ExpiresIn)
		})
		t.Run("address in another case", func(t *testing.T) { login(t, n, "ADA@Example.com") })

		// Whoever could tell these apart could find out who has an account.
		t.Run("one answer for every fault", func(t *testing.T) {
			_, err := public(n).Login(t.Context(), user.LoginRequest{Email: "ada@example.com", Password: "wrong horse"})
			want := modulestest.Refused(t, err, status.Unauthenticated, "wrong_credentials")
			for _, row := range []struct{ what, email, password string }{
				{"unknown address", "eve@example.com", password},
				{"no password", "ada@example.com", ""},
				{"password longer than any", "ada@example.com", strings.Repeat("x", 100_000)},
				{"address longer than any", strings.Repeat("x", 100_000) + "@example.com", password},
			} {
				t.Run(row.what, func(t *testing.T) {
					s, err := public(n).Login(t.Context(), user.LoginRequest{Email: row.email, Password: row.password})
					require.Equal(t, want, modulestest.Refused(t, err, status.Unauthenticated, ""))
					require.Zero(t, s)
				})
			}
		})
	})
}
