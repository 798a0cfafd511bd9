package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

func TestEmailKey(t *testing.T) {
	t.Parallel()
	t.Run("one for all spellings of an address", func(t *testing.T) {
		t.Parallel()
		for _, row := range [][]string{
			{"ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.com"},
			{"οδος@example.gr", "ΟΔΟΣ@EXAMPLE.GR", "οδοσ@example.gr"},
			{"k@example.com", "K@example.com", "\u212a@example.com"},
		} {
			for _, other := range row[1:] {
				require.Equal(t, core.EmailKey(row[0]), core.EmailKey(other))
			}
		}
	})
	t.Run("equal exactly when only case differs", func(t *testing.T) {
		t.Parallel()
		// Few letters, so that equal ones meet; among them those with three forms and those whose lower case is
		// that of another letter.
		texts := rapid.StringOfN(rapid.SampledFrom([]rune("aAkK\u212asSſσςΣiIıİ@ßẞǅǆ1")), 0, 3, -1)
		rapid.Check(t, func(t *rapid.T) {
			a, b := texts.Draw(t, "a"), texts.Draw(t, "b")
			require.Equal(t, strings.EqualFold(a, b), core.EmailKey(a) == core.EmailKey(b))
		})
	})
}

// Over the network such bytes do not even arrive; in one process they must not be taken either.
func TestRegisterRefusesWhatIsNoText(t *testing.T) {
	t.Parallel()
	u := start(t, openStore(t), newClock(), core.Settings{})
	for what, r := range map[string]user.RegisterRequest{
		"name":     {Name: "Ada\xff", Email: "ada@example.com", Password: "correct horse"},
		"email":    {Name: "Ada", Email: "ada\xff@example.com", Password: "correct horse"},
		"password": {Name: "Ada", Email: "ada@example.com", Password: "correct horse\xff"},
	} {
		t.Run(what, func(t *testing.T) {
			_, err := u.Register(t.Context(), r)
			e := modulestest.Refused(t, err, status.Invalid, "")
			require.Contains(t, e.Message, what)
		})
	}
}
