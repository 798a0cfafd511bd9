package order_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/status"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		before := time.Now().UTC().Truncate(time.Microsecond)
		o := place(t, n, ada)

		t.Run("answers the order", func(t *testing.T) {
			id, err := uuid.Parse(o.ID)
			require.NoError(t, err)
			require.EqualValues(t, 7, id.Version(), "ids grow with time: lists are sorted by them")
			require.Equal(t, ada, o.UserID)
			require.Equal(t, order.Created, o.Status)
			require.Equal(t, "EUR", o.Currency)
			require.Equal(t, book().Items, o.Items, "in the order in which they were given")
			require.EqualValues(t, 2*1999+999, o.Total)
			require.EqualValues(t, 1, o.Version)
		})
		t.Run("stamps it in UTC with microseconds", func(t *testing.T) {
			require.WithinRange(t, o.CreatedAt, before, time.Now())
			require.Equal(t, o.CreatedAt, o.UpdatedAt)
			require.Equal(t, time.UTC, o.CreatedAt.Location())
			require.Zero(t, o.CreatedAt.Nanosecond()%1000)
		})
		t.Run("keeps what it answered", func(t *testing.T) {
			got, err := public(n).Get(modulestest.As(t, ada), order.GetRequest{ID: o.ID})
			require.NoError(t, err)
			require.Equal(t, o, got)
		})
		t.Run("without a key twice is two", func(t *testing.T) {
			require.NotEqual(t, o.ID, place(t, n, ada).ID)
			require.Len(t, all(t, n, ada), 2)
		})
	})
}

func TestPlaceForWhom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, p *people) {
		t.Run("nobody", func(t *testing.T) {
			_, err := public(n).Place(t.Context(), book())
			modulestest.Refused(t, err, status.Unauthenticated, "")
		})
		t.Run("account that is gone", func(t *testing.T) {
			ada := someone()
			p.gone.Store(ada, true)
			_, err := public(n).Place(modulestest.As(t, ada), book())
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
			require.Empty(t, all(t, n, ada))
		})
		t.Run("user module away", func(t *testing.T) {
			ada := someone()
			n.Withdraw("user")
			_, err := public(n).Place(modulestest.As(t, ada), book())
			e := modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
			require.Contains(t, e.Message, "user")
			require.NotEmpty(t, e.Details[status.DetailRetryAfter])
			require.Empty(t, all(t, n, ada), "nothing was begun")
			n.Serve("user")
			place(t, n, ada)
			n.Withdraw("user")
			defer n.Serve("user")
			place(t, n, ada)
			require.Len(t, all(t, n, ada), 2, "who has ordered before needs nobody's consent")
		})
	})
}
