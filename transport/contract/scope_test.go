package contract_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

var ada = contract.Principal{Subject: "u1", Roles: []string{"member", contract.RoleAdmin}}

func TestPlainContextIsNobodyOutsideATransaction(t *testing.T) {
	t.Parallel()
	require.Zero(t, contract.PrincipalOf(t.Context()))
	require.False(t, contract.InTransaction(t.Context()))
}

// TestNestingKeepsBoth puts principal and transaction on in both orders, with other contexts on top and between.
func TestNestingKeepsBoth(t *testing.T) {
	t.Parallel()
	other := func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(context.WithValue(ctx, t, "mine"))
		t.Cleanup(cancel)
		return ctx
	}
	for name, ctx := range map[string]context.Context{
		"principal first":   contract.WithinTransaction(contract.WithPrincipal(t.Context(), ada), t),
		"transaction first": contract.WithPrincipal(contract.WithinTransaction(t.Context(), t), ada),
		"others between":    contract.WithPrincipal(other(contract.WithinTransaction(t.Context(), t)), ada),
		"others on top":     other(contract.WithinTransaction(other(contract.WithPrincipal(t.Context(), ada)), t)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, ada, contract.PrincipalOf(ctx))
			require.True(t, contract.InTransaction(ctx))
		})
	}
}

func TestTheLastPrincipalCounts(t *testing.T) {
	t.Parallel()
	outer := contract.WithPrincipal(t.Context(), ada)
	inner := contract.WithPrincipal(outer, contract.Principal{Subject: "u2"})
	require.Equal(t, "u2", contract.PrincipalOf(inner).Subject)
	require.Equal(t, ada, contract.PrincipalOf(outer))
}

func TestScopeLeavesTheRestOfTheContextAlone(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(context.WithValue(t.Context(), t, "mine"))
	ctx := contract.WithinTransaction(contract.WithPrincipal(parent, ada), t)
	require.Equal(t, "mine", ctx.Value(t))
	require.NoError(t, ctx.Err())
	cancel()
	<-ctx.Done()
	require.ErrorIs(t, ctx.Err(), context.Canceled)
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	require.True(t, ada.Admin())
	require.False(t, contract.Principal{Subject: "u2", Roles: []string{"member"}}.Admin())
	require.False(t, contract.Principal{}.Admin())
}
