package order_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// A refusal is found anew each time: the reason for it may have gone.
func TestRefusalsAreNotKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, p *people) {
		t.Run("user module away, then back", func(t *testing.T) {
			as := modulestest.As(t, someone())
			n.Withdraw("user")
			_, err := public(n).Place(as, keyed("k", "body"))
			modulestest.Refused(t, err, status.Unavailable, "")
			n.Serve("user")
			r, err := public(n).Place(as, keyed("k", "body"))
			require.NoError(t, err)
			require.False(t, r.Replayed)
		})
		t.Run("account missing, then there", func(t *testing.T) {
			ada := someone()
			p.gone.Store(ada, true)
			_, err := public(n).Place(modulestest.As(t, ada), keyed("k", "body"))
			modulestest.Refused(t, err, status.NotFound, "user_not_found")
			p.gone.Delete(ada)
			r, err := public(n).Place(modulestest.As(t, ada), keyed("k", "body"))
			require.NoError(t, err)
			require.False(t, r.Replayed)
		})
		t.Run("order that was in the wrong state", func(t *testing.T) {
			ada := someone()
			one, two := place(t, n, ada), place(t, n, ada)
			_, err := public(n).Confirm(admin(t), order.ChangeRequest{ID: one.ID})
			require.NoError(t, err)
			once := contract.Once{Key: ada, Fingerprint: []byte("cancel")}
			_, err = public(n).Cancel(admin(t), order.ChangeRequest{ID: one.ID, Once: once})
			modulestest.Refused(t, err, status.Conflict, "wrong_order_status")
			_, err = public(n).Cancel(admin(t), order.ChangeRequest{ID: two.ID, Once: once})
			require.NoError(t, err, "the key is free")
		})
	})
}

// Whoever sends a request again learns what became of it, also while the user module is away.
func TestReplayWithoutTheUserModule(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		as := modulestest.As(t, ada)
		first, err := public(n).Place(as, keyed("k", "body"))
		require.NoError(t, err)
		n.Withdraw("user")
		defer n.Serve("user")
		r, err := public(n).Place(as, keyed("k", "body"))
		replays(t, first.Order, r, err)
		_, err = public(n).Place(as, keyed("k", "another body"))
		modulestest.Refused(t, err, status.Invalid, "idempotency_key_reused")
		_, err = public(n).Place(modulestest.As(t, someone()), keyed("k", "body"))
		modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
		require.Len(t, all(t, n, ada), 1)
	})
}

// A duplicate that arrives while the first is on its way waits for it and gets its answer.
func TestDuplicatesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		const copies = 32
		ada := someone()
		as := modulestest.As(t, ada)
		results, errs := make([]order.Result, copies), make([]error, copies)
		var together sync.WaitGroup
		for i := range copies {
			together.Go(func() { results[i], errs[i] = public(n).Place(as, keyed("k", "body")) })
		}
		together.Wait()
		first := 0
		for i, r := range results {
			require.NoError(t, errs[i])
			require.Equal(t, results[0].Order, r.Order)
			if !r.Replayed {
				first++
			}
		}
		require.Equal(t, 1, first)
		require.Equal(t, []order.Order{results[0].Order}, all(t, n, ada))
	})
}
