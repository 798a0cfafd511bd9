package user_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/status"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		before := time.Now().UTC().Truncate(time.Microsecond)
		u := register(t, n, "Ada@Example.com")

		t.Run("answers the new profile", func(t *testing.T) {
			id, err := uuid.Parse(u.ID)
			require.NoError(t, err)
			require.EqualValues(t, 7, id.Version(), "ids grow with time: lists are sorted by them")
			require.Equal(t, "Ada", u.Name)
			require.Equal(t, "Ada@Example.com", u.Email, "as it was written")
			require.EqualValues(t, 1, u.Version)
			require.Empty(t, u.Roles)
			require.Zero(t, u.OrderCount)
			require.Equal(t, map[string]int64{}, u.OrderTotals, "no totals is no null")
		})
		t.Run("stamps it in UTC with microseconds", func(t *testing.T) {
			require.WithinRange(t, u.CreatedAt, before, time.Now())
			require.Equal(t, u.CreatedAt, u.UpdatedAt)
			require.Equal(t, time.UTC, u.CreatedAt.Location())
			require.Zero(t, u.CreatedAt.Nanosecond()%1000)
		})
		t.Run("keeps what it answered", func(t *testing.T) {
			got, err := public(n).Get(modulestest.As(t, u.ID), user.GetRequest{ID: u.ID})
			require.NoError(t, err)
			require.Equal(t, u, got)
			require.True(t, exists(t, n, u.ID))
		})
		t.Run("address taken in another case", func(t *testing.T) {
			_, err := public(n).Register(t.Context(), user.RegisterRequest{
				Name: "Eve", Email: "aDA@eXAMPLE.com", Password: password})
			e := modulestest.Refused(t, err, status.Conflict, "email_taken")
			require.NotEmpty(t, e.Details[status.DetailHint])
			require.NotContains(t, e.Error(), u.ID)
		})
	})
}

// Nothing but the store's unique index stands between two who register one address at once.
func TestRegisterOneAddressAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node) {
		spellings := []string{"ada@example.com", "Ada@example.com", "ADA@example.com", "ada@EXAMPLE.com"}
		errs := make([]error, len(spellings))
		var all sync.WaitGroup
		for i, email := range spellings {
			all.Go(func() {
				_, errs[i] = public(n).Register(t.Context(), user.RegisterRequest{Name: "Ada", Email: email, Password: password})
			})
		}
		all.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			require.ErrorIs(t, err, status.New(status.Conflict, "email_taken", ""))
		}
		require.Equal(t, 1, won)
		login(t, n, "ada@example.com")
	})
}
