package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/status"
)

func TestHandlerSeesTheDeadline(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		call := n.serves(t, func(got context.Context, _ greetRequest) (greetReply, error) {
			want, _ := ctx.Deadline()
			deadline, ok := got.Deadline()
			require.True(t, ok)
			require.WithinDuration(t, want, deadline, 10*time.Second, "clocks of two machines differ, so what is left is what travels")
			return greetReply{}, got.Err()
		})
		_, err := call(contract.WithPrincipal(ctx, contract.Principal{Subject: "u1"}), greetRequest{})
		require.NoError(t, err)
	})
}

func TestHandlerSeesTheCancellation(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		ctx, cancel := context.WithCancel(t.Context())
		call := n.serves(t, func(ctx context.Context, _ greetRequest) (greetReply, error) {
			below, stop := context.WithCancel(ctx)
			defer stop()
			cancel()
			<-below.Done()
			return greetReply{}, below.Err()
		})
		_, err := call(ctx, greetRequest{})
		require.Equal(t, &status.Error{Code: status.Canceled, Message: "the caller went away"}, err)
		require.Equal(t, 1, n.failures(t, "canceled"))
		require.Empty(t, n.logged(t))
	})
}

func TestHandlerSeesThePrincipal(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		ada := contract.Principal{Subject: "u1", Roles: []string{contract.RoleAdmin}, Scopes: []string{"module:order", "route:x"}, Key: "k1"}
		want := contract.Principal{}
		call := n.serves(t, func(ctx context.Context, _ greetRequest) (greetReply, error) {
			require.Equal(t, want, contract.PrincipalOf(ctx))
			require.False(t, contract.InTransaction(ctx))
			return greetReply{}, nil
		})
		_, err := call(t.Context(), greetRequest{})
		require.NoError(t, err, "nobody")
		want = ada
		_, err = call(contract.WithPrincipal(t.Context(), ada), greetRequest{})
		require.NoError(t, err)
	})
}

type foreignKey struct{}

// TestForeignValuesDoNotCross is what --strict is for: in-process they are seen, between nodes they are gone.
func TestForeignValuesDoNotCross(t *testing.T) {
	t.Parallel()
	for name, strict := range map[string]bool{"in-process": false, "strict": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got any
			call := newNode(t, strict).serves(t, func(ctx context.Context, _ greetRequest) (greetReply, error) {
				got = ctx.Value(foreignKey{})
				return greetReply{}, nil
			})
			_, err := call(context.WithValue(t.Context(), foreignKey{}, "mine"), greetRequest{})
			require.NoError(t, err)
			if strict {
				require.Nil(t, got)
			} else {
				require.Equal(t, "mine", got)
			}
		})
	}
}
