package user_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestUpdate(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		eve := register(t, n, "eve@example.com")
		ada := register(t, n, "ada@example.com")
		update := func(t *testing.T, r user.UpdateRequest) (user.User, error) {
			r.ID = ada.ID
			return public(n).Update(modulestest.As(t, ada.ID), r)
		}
		// change updates, requires what the profile has become, and goes on from there.
		change := func(t *testing.T, r user.UpdateRequest, version int64) {
			after, err := update(t, r)
			require.NoError(t, err)
			require.Equal(t, version, after.Version)
			require.Equal(t, version != ada.Version, after.UpdatedAt.After(ada.UpdatedAt), "the time follows the version")
			require.Equal(t, ada.CreatedAt, after.CreatedAt)
			got, err := public(n).Get(modulestest.As(t, ada.ID), user.GetRequest{ID: ada.ID})
			require.NoError(t, err)
			require.Equal(t, after, got)
			ada = after
		}
		t.Run("name", func(t *testing.T) {
			change(t, user.UpdateRequest{Name: new("Ada Lovelace")}, 2)
			require.Equal(t, "Ada Lovelace", ada.Name)
			require.Equal(t, "ada@example.com", ada.Email)
		})
		t.Run("nothing given keeps the version", func(t *testing.T) { change(t, user.UpdateRequest{}, 2) })
		t.Run("nothing new keeps the version", func(t *testing.T) {
			change(t, user.UpdateRequest{Name: &ada.Name, Email: &ada.Email, IfVersion: 2}, 2)
		})
		t.Run("address in another case is a change", func(t *testing.T) {
			change(t, user.UpdateRequest{Email: new("Ada@example.com")}, 3)
			require.Equal(t, "Ada@example.com", ada.Email)
		})
		t.Run("another's address is taken", func(t *testing.T) {
			_, err := update(t, user.UpdateRequest{Name: new("Eve"), Email: new("EVE@example.com")})
			modulestest.Refused(t, err, status.Conflict, "email_taken")
			change(t, user.UpdateRequest{}, 3)
			require.Equal(t, "Ada Lovelace", ada.Name, "nor is the name changed")
		})
		t.Run("both, and the old address is free", func(t *testing.T) {
			change(t, user.UpdateRequest{Name: new("Ada"), Email: new("countess@example.com")}, 4)
			_, err := public(n).Update(modulestest.As(t, eve.ID), user.UpdateRequest{ID: eve.ID, Email: new("ada@example.com")})
			require.NoError(t, err)
			login(t, n, "countess@example.com")
		})
	})
}

func TestUpdateIfVersion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		ada := register(t, n, "ada@example.com")
		rename := func(version int64, name string) (user.User, error) {
			return public(n).Update(modulestest.As(t, ada.ID), user.UpdateRequest{ID: ada.ID, Name: &name, IfVersion: version})
		}
		for _, wrong := range []int64{2, -1, 1 << 40} {
			_, err := rename(wrong, "Eve")
			modulestest.Refused(t, err, status.PreconditionFailed, "")
		}
		_, err := rename(2, ada.Name)
		modulestest.Refused(t, err, status.PreconditionFailed, "")
		after, err := rename(1, "Countess")
		require.NoError(t, err)
		require.EqualValues(t, 2, after.Version)
		_, err = rename(1, "Eve")
		modulestest.Refused(t, err, status.PreconditionFailed, "")

		var all sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			all.Go(func() { _, errs[i] = rename(2, string(rune('A'+i))) })
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				require.ErrorIs(t, err, &status.Error{Code: status.PreconditionFailed})
			}
		}
		require.Equal(t, 1, won, "of many who saw one version, one changes it")
	})
}
