package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

type object = map[string]any

func TestPostUsers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		post := func(t *testing.T, body any) modulestest.Reply {
			return n.Do(t, modulestest.Request{Method: http.MethodPost, Path: "/users", Body: body})
		}
		t.Run("201 with the account and where it is", func(t *testing.T) {
			reply := post(t, object{"name": "Ada", "email": "ada@example.com", "password": modulestest.Password})
			made := reply.OK(t, http.StatusCreated, profileNames...)
			require.Equal(t, "/users/"+made["id"].(string), reply.Header.Get("Location"))
			require.Equal(t, `"v1"`, reply.Header.Get("ETag"))
			require.Equal(t, "Ada", made["name"])
			require.Equal(t, "ada@example.com", made["email"])
			require.Equal(t, made["created_at"], made["updated_at"])
			at, err := time.Parse(time.RFC3339Nano, made["created_at"].(string))
			require.NoError(t, err)
			require.Equal(t, "Z", made["created_at"].(string)[len(made["created_at"].(string))-1:], "in UTC")
			require.WithinDuration(t, time.Now(), at, time.Minute)
			require.EqualValues(t, 0, made["order_count"])
			require.Equal(t, object{}, made["order_totals"])
		})
		t.Run("409 for an address that is taken", func(t *testing.T) {
			p := post(t, object{"name": "Eve", "email": "ADA@example.com", "password": modulestest.Password}).
				Problem(t, http.StatusConflict, "email_taken")
			require.NotEmpty(t, p["hint"])
		})
		for what, body := range map[string]any{
			"no name":          object{"email": "eve@example.com", "password": modulestest.Password},
			"long name":        object{"name": strings.Repeat("x", 201), "email": "eve@example.com", "password": modulestest.Password},
			"blank name":       object{"name": "  ", "email": "eve@example.com", "password": modulestest.Password},
			"no address":       object{"name": "Eve", "email": "", "password": modulestest.Password},
			"address and name": object{"name": "Eve", "email": "Eve <eve@example.com>", "password": modulestest.Password},
			"short password":   object{"name": "Eve", "email": "eve@example.com", "password": "1234567"},
			"long password":    object{"name": "Eve", "email": "eve@example.com", "password": strings.Repeat("x", 129)},
			"role":             object{"name": "Eve", "email": "eve@example.com", "password": modulestest.Password, "roles": []string{"admin"}},
			"number for text":  object{"name": 1, "email": "eve@example.com", "password": modulestest.Password},
		} {
			t.Run("422 for "+what, func(t *testing.T) {
				reply := post(t, body)
				reply.Problem(t, http.StatusUnprocessableEntity, "invalid")
				require.NotContains(t, string(reply.Body), modulestest.Password)
			})
		}
		t.Run("400 for no JSON", func(t *testing.T) {
			post(t, `{"name":`).Problem(t, http.StatusBadRequest, "malformed")
		})
	})
}
