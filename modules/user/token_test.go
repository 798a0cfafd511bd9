package user_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
)

// verified checks a token's signature with the keys the module publishes, and nothing else of it.
func verified(t *testing.T, n *modulestest.Node, token string) *jwt.Token {
	t.Helper()
	set, err := public(n).Keys(t.Context(), user.KeysRequest{})
	require.NoError(t, err)
	parsed, err := jwt.Parse(token, func(parsed *jwt.Token) (any, error) {
		for _, k := range set.Keys {
			if k.ID == parsed.Header["kid"] {
				return ed25519.PublicKey(k.Public), nil
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	}, jwt.WithStrictDecoding())
	require.NoError(t, err)
	return parsed
}

func TestToken(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		before := time.Now().Truncate(time.Second)
		token := verified(t, n, login(t, n, "ada@example.com").AccessToken)
		claims := token.Claims.(jwt.MapClaims)

		t.Run("names its key and algorithm", func(t *testing.T) {
			current := keysByState(t, n)["current"]
			require.Equal(t, map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": current[0].ID}, token.Header)
		})
		t.Run("says who, by whom and for whom", func(t *testing.T) {
			require.Equal(t, user.Issuer, claims["iss"])
			require.Equal(t, []any{user.Audience}, claims["aud"])
			require.Equal(t, ada.ID, claims["sub"])
			require.NoError(t, uuid.Validate(claims["jti"].(string)))
			require.NotContains(t, claims, "roles")
			require.Len(t, claims, 6, "nothing else: %v", claims)
		})
		t.Run("good for an hour from now", func(t *testing.T) {
			iat, err := claims.GetIssuedAt()
			require.NoError(t, err)
			require.WithinRange(t, iat.Time, before, time.Now())
			exp, err := claims.GetExpirationTime()
			require.NoError(t, err)
			require.Equal(t, time.Hour, exp.Sub(iat.Time))
		})
		t.Run("carries the role from the next sign-in on", func(t *testing.T) {
			_, err := operator(n).Promote(t.Context(), user.PromoteRequest{Email: "ada@example.com"})
			require.NoError(t, err)
			next := verified(t, n, login(t, n, "ada@example.com").AccessToken).Claims.(jwt.MapClaims)
			require.Equal(t, []any{"admin"}, next["roles"])
			require.NotEqual(t, claims["jti"], next["jti"])
		})
	})
}
