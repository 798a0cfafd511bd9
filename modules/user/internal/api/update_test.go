package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

func TestPatchUser(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada, token := n.SignUp(t, "ada@example.com")
		patch := func(t *testing.T, etag, body string) modulestest.Reply {
			r := modulestest.Request{Method: http.MethodPatch, Path: "/users/" + ada, Token: token, Body: body}
			if etag != "" {
				r.Header = map[string]string{"If-Match": etag}
			}
			return n.Do(t, r)
		}
		// The rows build on each other: version is that of the profile after the request.
		for _, row := range []struct {
			outcome, ifMatch, body string
			version                string
		}{
			{"changes without a condition", "", `{"name":"One"}`, `"v2"`},
			{"changes the version it names", `"v2"`, `{"name":"Two"}`, `"v3"`},
			{"changes any version", "*", `{"name":"Three"}`, `"v4"`},
			{"takes a name without quotes", "v4", `{"name":"Four"}`, `"v5"`},
			{"keeps the version when nothing is new", `"v5"`, `{"name":"Four"}`, `"v5"`},
			{"keeps the version when nothing is given", "", `{}`, `"v5"`},
			{"takes null for nothing", "", `{"name":null,"email":null}`, `"v5"`},
			{"changes the address", "", `{"email":"countess@example.com"}`, `"v6"`},
		} {
			t.Run(row.outcome, func(t *testing.T) {
				reply := patch(t, row.ifMatch, row.body)
				changed := reply.OK(t, http.StatusOK, profileNames...)
				require.Equal(t, row.version, reply.Header.Get("ETag"))
				read := get(t, n, "/users/"+ada, token)
				require.Equal(t, row.version, read.Header.Get("ETag"))
				require.Equal(t, changed, read.OK(t, http.StatusOK, profileNames...))
			})
		}
		for _, etag := range []string{
			`"v5"`, `"v7"`, `W/"v6"`, `"v06"`, `"v+6"`, `"6"`, `"V6"`, `"v6 "`, `"v0"`, `"v-1"`, `"v9223372036854775808"`, `"abc"`, `""`,
		} {
			t.Run("412 for "+etag, func(t *testing.T) {
				patch(t, etag, `{"name":"Eve"}`).Problem(t, http.StatusPreconditionFailed, "precondition_failed")
			})
		}
		t.Run("422 for several", func(t *testing.T) {
			patch(t, `"v6", "v7"`, `{"name":"Eve"}`).Problem(t, http.StatusUnprocessableEntity, "invalid")
		})
		for what, body := range map[string]string{
			"no name": `{"name":""}`, "no address": `{"email":""}`, "the id": `{"id":"x"}`, "the password": `{"password":"12345678"}`,
		} {
			t.Run("422 for "+what, func(t *testing.T) {
				patch(t, "", body).Problem(t, http.StatusUnprocessableEntity, "invalid")
			})
		}
		t.Run("409 for an address that is taken", func(t *testing.T) {
			_, eve := n.SignUp(t, "eve@example.com")
			patch(t, "", `{"email":"Eve@example.com"}`).Problem(t, http.StatusConflict, "email_taken")
			n.Do(t, modulestest.Request{Method: http.MethodPatch, Path: "/users/" + ada, Token: eve, Body: `{"name":"Eve"}`}).
				Problem(t, http.StatusForbidden, "permission_denied")
		})
	})
}
