package order_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// keyed is book with a key and the fingerprint that the edge would have taken of body.
func keyed(key, body string) order.PlaceRequest {
	r := book()
	r.Once = contract.Once{Key: key, Fingerprint: []byte(body)}
	return r
}

// replays requires a request to be answered as it was before.
func replays(t *testing.T, want order.Order, r order.Result, err error) {
	t.Helper()
	require.NoError(t, err)
	require.Equal(t, order.Result{Order: want, Replayed: true}, r)
}

func TestOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		ada := someone()
		as, s := modulestest.As(t, ada), public(n)
		first, err := s.Place(as, keyed("k", "body"))
		require.NoError(t, err)
		require.False(t, first.Replayed)

		t.Run("same request, same answer", func(t *testing.T) {
			for range 2 {
				r, err := s.Place(as, keyed("k", "body"))
				replays(t, first.Order, r, err)
			}
			require.Len(t, all(t, n, ada), 1)
		})
		t.Run("another request under the key is refused", func(t *testing.T) {
			_, err := s.Place(as, keyed("k", "another body"))
			e := modulestest.Refused(t, err, status.Invalid, "idempotency_key_reused")
			require.NotEmpty(t, e.Details[status.DetailHint])
			require.Len(t, all(t, n, ada), 1)
		})
		t.Run("another key is another order", func(t *testing.T) {
			r, err := s.Place(as, keyed("K", "body"))
			require.NoError(t, err)
			require.NotEqual(t, first.Order.ID, r.Order.ID)
		})
		t.Run("another's key is another order", func(t *testing.T) {
			r, err := s.Place(modulestest.As(t, someone()), keyed("k", "other body"))
			require.NoError(t, err)
			require.NotEqual(t, first.Order.ID, r.Order.ID)
		})
		t.Run("each operation has keys of its own", func(t *testing.T) {
			once := contract.Once{Key: "k", Fingerprint: []byte("cancel")}
			r, err := s.Cancel(as, order.ChangeRequest{ID: first.Order.ID, Once: once})
			require.NoError(t, err)
			require.False(t, r.Replayed)
		})
		t.Run("the answer is that of then", func(t *testing.T) {
			r, err := s.Place(as, keyed("k", "body"))
			replays(t, first.Order, r, err)
			require.Equal(t, order.Created, r.Order.Status, "though it is cancelled by now")
		})
	})
}

func TestOnceForChanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		for to, change := range changes {
			t.Run(string(to), func(t *testing.T) {
				ada := someone()
				one, two := place(t, n, ada), place(t, n, ada)
				request := func(o order.Order) order.ChangeRequest {
					return order.ChangeRequest{ID: o.ID, Once: contract.Once{Key: ada, Fingerprint: []byte(o.ID)}}
				}
				first, err := change(admin(t), public(n), request(one))
				require.NoError(t, err)
				r, err := change(admin(t), public(n), request(one))
				replays(t, first.Order, r, err)
				_, err = change(admin(t), public(n), request(two))
				modulestest.Refused(t, err, status.Invalid, "idempotency_key_reused")
				_, err = change(admin(t), public(n), order.ChangeRequest{ID: one.ID})
				modulestest.Refused(t, err, status.Conflict, "wrong_order_status")
			})
		}
		t.Run("no answer for whoever may not ask", func(t *testing.T) {
			o := place(t, n, someone())
			once := contract.Once{Key: o.ID, Fingerprint: []byte("confirm")}
			_, err := public(n).Confirm(admin(t), order.ChangeRequest{ID: o.ID, Once: once})
			require.NoError(t, err)
			_, err = public(n).Confirm(modulestest.As(t, "root"), order.ChangeRequest{ID: o.ID, Once: once})
			modulestest.Refused(t, err, status.PermissionDenied, "")
		})
	})
}

func TestOnceKeys(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		longest := strings.Repeat("k", contract.MaxOnceKey)
		for what, key := range map[string]string{"one character": "k", "255 characters": longest, "like a statement": "'; DROP TABLE answers; --"} {
			t.Run(what, func(t *testing.T) {
				as := modulestest.As(t, someone())
				first, err := public(n).Place(as, keyed(key, "body"))
				require.NoError(t, err)
				r, err := public(n).Place(as, keyed(key, "body"))
				replays(t, first.Order, r, err)
			})
		}
		t.Run("over 255 characters refused", func(t *testing.T) {
			do := map[string]func(context.Context, contract.Once) error{
				"place": func(ctx context.Context, o contract.Once) error {
					r := book()
					r.Once = o
					_, err := public(n).Place(ctx, r)
					return err
				},
				"confirm": func(ctx context.Context, o contract.Once) error {
					_, err := public(n).Confirm(ctx, order.ChangeRequest{Once: o})
					return err
				},
				"cancel": func(ctx context.Context, o contract.Once) error {
					_, err := public(n).Cancel(ctx, order.ChangeRequest{Once: o})
					return err
				},
			}
			for operation, do := range do {
				e := modulestest.Refused(t, do(admin(t), contract.Once{Key: longest + "k"}), status.Invalid, "")
				require.Contains(t, e.Message, "255", operation)
			}
		})
		// Only the edge takes fingerprints; another caller may have none.
		t.Run("without a fingerprint", func(t *testing.T) {
			as, r := modulestest.As(t, someone()), book()
			r.Once.Key = "k"
			first, err := public(n).Place(as, r)
			require.NoError(t, err)
			again, err := public(n).Place(as, r)
			replays(t, first.Order, again, err)
			_, err = public(n).Place(as, keyed("k", "body"))
			modulestest.Refused(t, err, status.Invalid, "idempotency_key_reused")
		})
	})
}
