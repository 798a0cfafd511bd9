package user_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

// invalidProfiles are names and addresses that nobody may take, with the field at fault. The other one is fine.
var invalidProfiles = []struct{ what, field, value string }{
	{"no name", "name", ""},
	{"name of blanks", "name", " \u00a0\t"},
	{"name over 200 characters", "name", strings.Repeat("é", 201)},
	{"name with a line break", "name", "Ada\nLovelace"},
	{"name with a zero byte", "name", "Ada\x00"},
	{"no address", "email", ""},
	{"address without at", "email", "ada.example.com"},
	{"address without a local part", "email", "@example.com"},
	{"address without a domain", "email", "ada@"},
	{"address with a display name", "email", "Ada <ada@example.com>"},
	{"address in angle brackets", "email", "<ada@example.com>"},
	{"address with a comment", "email", "ada@example.com (Ada)"},
	{"address with blanks around", "email", " ada@example.com "},
	{"address with a line break", "email", "ada@example.com\r\nBcc: eve@example.com"},
	{"two addresses", "email", "ada@example.com, eve@example.com"},
	{"address over 254 characters", "email", strings.Repeat("a", 243) + "@example.com"},
}

func TestInvalidProfile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		for _, row := range invalidProfiles {
			t.Run(row.what, func(t *testing.T) {
				r := user.RegisterRequest{Name: "Eve", Email: "eve@example.com", Password: password}
				u := user.UpdateRequest{ID: ada.ID}
				if row.field == "name" {
					r.Name, u.Name = row.value, &row.value
				} else {
					r.Email, u.Email = row.value, &row.value
				}
				_, err := public(n).Register(t.Context(), r)
				e := modulestest.Refused(t, err, status.Invalid, "")
				require.Contains(t, e.Message, row.field)
				_, err = public(n).Update(modulestest.As(t, ada.ID), u)
				e = modulestest.Refused(t, err, status.Invalid, "")
				require.Contains(t, e.Message, row.field)
			})
		}
	})
}

func TestPasswordLength(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		register := func(t *testing.T, email, password string) error {
			_, err := public(n).Register(t.Context(), user.RegisterRequest{Name: "Ada", Email: email, Password: password})
			return err
		}
		for what, bad := range map[string]string{
			"none": "", "7 characters": "1234567", "4 characters of 8 bytes": "éééé", "129 characters": strings.Repeat("x", 129),
		} {
			t.Run(what+" refused", func(t *testing.T) {
				e := modulestest.Refused(t, register(t, "bad@example.com", bad), status.Invalid, "")
				require.Contains(t, e.Message, "password")
			})
		}
		t.Run("8 characters taken", func(t *testing.T) { require.NoError(t, register(t, "a@example.com", "12345678")) })
		t.Run("128 characters of 256 bytes taken", func(t *testing.T) {
			long := strings.Repeat("é", 128)
			require.NoError(t, register(t, "b@example.com", long))
			_, err := public(n).Login(t.Context(), user.LoginRequest{Email: "b@example.com", Password: long})
			require.NoError(t, err)
		})
	})
}
