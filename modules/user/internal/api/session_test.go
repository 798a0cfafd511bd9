package api_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/contract"
)

func TestPostSessions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		n.SignUp(t, "ada@example.com")
		post := func(t *testing.T, body any) modulestest.Reply {
			return n.Do(t, modulestest.Request{Method: http.MethodPost, Path: "/sessions", Body: body})
		}
		t.Run("201 with a token that nobody keeps", func(t *testing.T) {
			reply := post(t, object{"email": "Ada@example.com", "password": modulestest.Password})
			s := reply.OK(t, http.StatusCreated, "access_token", "token_type", "expires_in")
			require.Equal(t, "Bearer", s["token_type"])
			require.EqualValues(t, 3600, s["expires_in"])
			require.Equal(t, "no-store", reply.Header.Get("Cache-Control"))
		})
		t.Run("401 in the same words for both faults", func(t *testing.T) {
			wrong := post(t, object{"email": "ada@example.com", "password": "wrong horse"}).
				Problem(t, http.StatusUnauthorized, "wrong_credentials")
			unknown := post(t, object{"email": "eve@example.com", "password": "wrong horse"}).
				Problem(t, http.StatusUnauthorized, "wrong_credentials")
			delete(wrong, "trace_id")
			delete(unknown, "trace_id")
			require.Equal(t, wrong, unknown)
		})
		t.Run("422 for what cannot be a password", func(t *testing.T) {
			for _, password := range []string{"", strings.Repeat("x", 129)} {
				post(t, object{"email": "ada@example.com", "password": password}).
					Problem(t, http.StatusUnprocessableEntity, "invalid")
			}
		})
	})
}

func TestGetKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		_, token := n.SignUp(t, "ada@example.com")
		_, err := modulestest.Client[user.Service](n, "user", contract.Node).RotateKeys(t.Context(), user.RotateKeysRequest{})
		require.NoError(t, err)

		reply := get(t, n, "/.well-known/jwks.json", "")
		set := reply.OK(t, http.StatusOK, "keys")["keys"].([]any)
		require.Equal(t, "public, max-age=30", reply.Header.Get("Cache-Control"))
		require.Len(t, set, 3, "previous, current and next")
		public := make(map[any]ed25519.PublicKey)
		for _, k := range set {
			modulestest.HasNames(t, k, "kty", "crv", "x", "kid", "use", "alg")
			key := k.(object)
			require.Equal(t, []any{"OKP", "Ed25519", "sig", "EdDSA"}, []any{key["kty"], key["crv"], key["use"], key["alg"]})
			raw, err := base64.RawURLEncoding.DecodeString(key["x"].(string))
			require.NoError(t, err)
			require.Len(t, raw, ed25519.PublicKeySize)
			public[key["kid"]] = raw
		}
		_, err = jwt.Parse(token, func(parsed *jwt.Token) (any, error) { return public[parsed.Header["kid"]], nil })
		require.NoError(t, err, "whoever reads them can check tokens, also those from before the rotation")
	})
}
