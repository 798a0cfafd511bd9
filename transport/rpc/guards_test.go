package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// never is a handler that no guard may let anybody reach.
func never(t *testing.T) greetFunc {
	return func(context.Context, greetRequest) (greetReply, error) {
		t.Error("the handler ran")
		return greetReply{}, nil
	}
}

func TestCallerWithoutConsentIsRefused(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		n.serves(t, never(t))
		for _, caller := range []contract.Caller{"mallory", contract.Node, ""} {
			_, err := rpc.Bind(n.For(caller), greet)(t.Context(), greetRequest{})
			require.ErrorIs(t, err, &status.Error{Code: status.PermissionDenied, Reason: "caller_not_allowed"})
		}
		require.Len(t, n.logged(t), 3, "a caller without consent is a fault of wiring, which its owner wants to see")
	})
}

// TestAbsentIsAbsent: who calls cannot tell, and must not care, why nobody answers.
func TestAbsentIsAbsent(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		call := rpc.Bind(n.For(contract.Gateway), greet)
		ask := func() error {
			reply, err := call(t.Context(), greetRequest{})
			require.Zero(t, reply)
			return err
		}
		unregistered := ask()
		require.ErrorIs(t, unregistered, &status.Error{Code: status.Unavailable, Reason: "module_unavailable"})
		require.Equal(t, "1", status.From(unregistered).Details[status.DetailRetryAfter])

		require.NoError(t, n.Register(hello, rpc.Handle(greet, never(t))))
		require.Equal(t, unregistered, ask(), "not served yet")
		n.Serve("hello")
		n.Withdraw("hello")
		require.Equal(t, unregistered, ask(), "withdrawn")
		n.Serve("another")
		require.Equal(t, unregistered, ask(), "another module is served")
		require.Equal(t, 4, n.failures(t, "unavailable"))
		require.Empty(t, n.logged(t))
	})
}

func TestContextThatHasEndedIsNotServed(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		call := n.serves(t, never(t))
		late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := call(late, greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.DeadlineExceeded})

		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = call(gone, greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.Canceled})
		require.Equal(t, 1, n.failures(t, "deadline_exceeded"))
		require.Equal(t, 1, n.failures(t, "canceled"))
	})
}

func TestCallInsideATransactionIsRefused(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		call := n.serves(t, never(t))
		ctx := contract.WithPrincipal(contract.WithinTransaction(t.Context(), t), contract.Principal{Subject: "u1"})
		_, err := call(ctx, greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.Internal})
		require.ErrorContains(t, err, "hello.greet was called inside a transaction")
		require.NotContains(t, status.From(err).Message, "transaction", "that is for us, not for the public")
		require.Equal(t, 1, n.failures(t, "internal"))
	})
}
