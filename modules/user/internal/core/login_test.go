package core_test

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

func TestTokenFollowsTheClockAndTheSetting(t *testing.T) {
	t.Parallel()
	c := newClock()
	u := start(t, openStore(t), c, core.Settings{TokenTTL: 90 * time.Second})
	_, err := u.Register(t.Context(), user.RegisterRequest{Name: "Ada", Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	c.pass(time.Hour)
	s, err := u.Login(t.Context(), user.LoginRequest{Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	require.EqualValues(t, 90, s.ExpiresIn)
	token, _, err := jwt.NewParser().ParseUnverified(s.AccessToken, jwt.MapClaims{})
	require.NoError(t, err)
	iat, err := token.Claims.GetIssuedAt()
	require.NoError(t, err)
	exp, err := token.Claims.GetExpirationTime()
	require.NoError(t, err)
	require.Equal(t, c.now().Unix(), iat.Unix())
	require.Equal(t, 90*time.Second, exp.Sub(iat.Time))
}

func TestNoTokenBeforeTheStart(t *testing.T) {
	t.Parallel()
	u, err := core.New(openStore(t), announcer{}, core.Settings{TokenTTL: life, Hashes: 1}, newClock().now)
	require.NoError(t, err)
	_, err = u.Register(t.Context(), user.RegisterRequest{Name: "Ada", Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	_, err = u.Login(t.Context(), user.LoginRequest{Email: "ada@example.com", Password: "correct horse"})
	modulestest.Refused(t, err, status.Unavailable, "")
}
