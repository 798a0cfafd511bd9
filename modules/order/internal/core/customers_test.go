package core_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// people answer for the user module as a test says, and count how often they were asked.
type people struct {
	answer func(ctx context.Context) (exists bool, err error)
	asked  int
}

func (p *people) Exists(ctx context.Context, _ user.ExistsRequest) (user.ExistsReply, error) {
	p.asked++
	exists, err := p.answer(ctx)
	return user.ExistsReply{Exists: exists}, err
}

var errAway = status.New(status.Unavailable, "module_unavailable", "the user module is away")

// away is a user module that cannot be reached.
func away(context.Context) (bool, error) { return false, errAway }

func exists(context.Context) (bool, error) { return true, nil }

func missing(context.Context) (bool, error) { return false, nil }

var errGone = status.New(status.NotFound, "user_not_found", "")

// handler is what the module does about an event of a user.
type handler func(*core.Core, context.Context, user.Changed) error

// deliver hands an event over as the inbox does, in a transaction.
func deliver(ctx context.Context, s core.Store, o *core.Core, handle handler, e user.Changed) error {
	return s.Update(ctx, func(ctx context.Context, _ core.Rows) error { return handle(o, ctx, e) })
}

func TestKnownUserOrdersWhileTheUserModuleIsAway(t *testing.T) {
	t.Parallel()
	for what, learn := range map[string]func(context.Context, core.Store, *core.Core) error{
		"by an event": func(ctx context.Context, s core.Store, o *core.Core) error {
			return deliver(ctx, s, o, (*core.Core).UserChanged, user.Changed{ID: "ada", Version: 1})
		},
		"by an order": func(ctx context.Context, _ core.Store, o *core.Core) error {
			_, err := o.Place(ctx, pen(""))
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s, p := openStore(t), &people{answer: exists}
			watched := &watchedStore{Store: s}
			o := core.New(watched, p, &notebook{}, newClock().now)
			require.NoError(t, learn(ada(t), s, o))
			p.answer, p.asked, watched.updates, watched.views = away, 0, 0, 0
			_, err := o.Place(ada(t), pen("k"))
			require.NoError(t, err)
			require.Equal(t, []int{1, 0, 0}, []int{watched.updates, watched.views, p.asked}, "one transaction and nothing else")
		})
	}
}

func TestUnknownUserIsAskedForOnce(t *testing.T) {
	t.Parallel()
	var inside []bool
	p := &people{answer: func(ctx context.Context) (bool, error) {
		inside = append(inside, contract.InTransaction(ctx))
		return true, nil
	}}
	s, n := openStore(t), &notebook{}
	o := core.New(s, p, n, newClock().now)
	_, err := o.Place(ada(t), order.PlaceRequest{})
	require.Error(t, err)
	_, err = o.Place(t.Context(), pen(""))
	require.ErrorIs(t, err, status.New(status.Unauthenticated, "", ""))
	require.Empty(t, inside, "an order that breaks a rule is nobody else's business")

	for range 3 {
		_, err = o.Place(ada(t), pen(""))
		require.NoError(t, err)
	}
	require.Equal(t, []bool{false}, inside, "no transaction waits for another module")
	require.Len(t, n.take(), 3)
	require.Equal(t, core.Customer{UserID: "ada"}, customer(t, s, "ada"))
}

// Nothing is remembered of a refusal: the reason for it may go.
func TestUnknownUserIsRefused(t *testing.T) {
	t.Parallel()
	s, p := openStore(t), &people{}
	o := core.New(s, p, &notebook{}, newClock().now)
	p.answer = away
	_, err := o.Place(ada(t), pen("k"))
	require.Equal(t, error(errAway), err, "as the user module's client said it")
	p.answer = missing
	_, err = o.Place(ada(t), pen("k"))
	require.ErrorIs(t, err, errGone)
	require.Empty(t, orders(t, s, "ada"))

	p.answer = exists
	r, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	require.False(t, r.Replayed)
}

// What is heard between the user module's answer and the order counts.
func TestUserIsHeardOfWhileAskedFor(t *testing.T) {
	t.Parallel()
	const version = 7
	for _, row := range []struct {
		what    string
		handle  handler
		refusal error
	}{
		{"changed", (*core.Core).UserChanged, nil},
		{"deleted", (*core.Core).UserDeleted, errGone},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			s, p := openStore(t), &people{}
			o := core.New(s, p, &notebook{}, newClock().now)
			p.answer = func(ctx context.Context) (bool, error) {
				return true, deliver(ctx, s, o, row.handle, user.Changed{ID: "ada", Version: version})
			}
			_, err := o.Place(ada(t), pen("k"))
			require.Equal(t, core.Customer{UserID: "ada", Version: version, Deleted: row.refusal != nil}, customer(t, s, "ada"))
			if row.refusal != nil {
				require.ErrorIs(t, err, row.refusal)
				require.Empty(t, orders(t, s, "ada"))
				return
			}
			require.NoError(t, err)
		})
	}
}

// Whoever sends a request again learns what became of it, whatever has become of the user and the user module.
func TestReplayNeedsNoUser(t *testing.T) {
	t.Parallel()
	s, p := openStore(t), &people{answer: exists}
	o := core.New(s, p, &notebook{}, newClock().now)
	first, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	want := order.Result{Order: first.Order, Replayed: true}
	p.answer = away

	require.NoError(t, deliver(t.Context(), s, o, (*core.Core).UserDeleted, user.Changed{ID: "ada", Version: 2}))
	r, err := o.Place(ada(t), pen("k"))
	require.NoError(t, err)
	require.Equal(t, want, r)
	_, err = o.Place(ada(t), pen("new"))
	require.ErrorIs(t, err, errGone)

	// Bob's answer is of a release that kept no list of users.
	require.NoError(t, s.Update(t.Context(), func(ctx context.Context, rows core.Rows) error {
		_, err := rows.PutAnswer(ctx, core.Answer{
			Scope:       core.Scope{Subject: "bob", Operation: order.Place.Name, Key: "k"},
			Fingerprint: pen("k").Once.Fingerprint, Order: first.Order, GivenAt: newClock().now()}, time.Time{})
		return err
	}))
	bob := contract.WithPrincipal(t.Context(), contract.Principal{Subject: "bob"})
	r, err = o.Place(bob, pen("k"))
	require.NoError(t, err)
	require.Equal(t, want, r)
	_, err = o.Place(bob, pen("new"))
	require.ErrorIs(t, err, errAway)
}

// customer is what is known of a user.
func customer(t require.TestingT, s core.Store, id string) (c core.Customer) {
	require.NoError(t, s.View(context.Background(), func(ctx context.Context, rows core.Rows) (err error) {
		c, err = rows.Customer(ctx, id)
		return err
	}))
	return c
}

// orders are all orders of a user, newest first.
func orders(t testing.TB, s core.Store, userID string) (all []order.Order) {
	t.Helper()
	require.NoError(t, s.View(t.Context(), func(ctx context.Context, rows core.Rows) (err error) {
		all, err = rows.OrdersBefore(ctx, userID, "", "", 100_000)
		return err
	}))
	return all
}
