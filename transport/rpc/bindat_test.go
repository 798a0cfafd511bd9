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

func TestCallsToANodeThatIsNamed(t *testing.T) {
	t.Parallel()
	one, two := newOwner(t, "one~b"), newOwner(t, "two~b")
	one.greets(t)
	two.greets(t)
	n := newCaller(t, &discovery{instances: []string{one.instance(), two.instance()}})
	at := rpc.BindAt(n.For(contract.Gateway), greet)
	var err error
	require.Eventually(t, func() bool { _, err = at(t.Context(), "two", greetRequest{}); return err == nil }, 5*time.Second, time.Millisecond)
	for _, name := range []string{"one", "two", "one", "one", "two"} {
		reply, err := at(t.Context(), name, greetRequest{})
		require.NoError(t, err)
		require.Equal(t, name+"~b", reply.Text)
	}

	_, err = at(t.Context(), "three", greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.NotFound, Reason: "no_such_node"})
	_, err = at(t.Context(), "caller", greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable, Reason: "module_unavailable"}, "this node is never looked for elsewhere")

	require.NoError(t, one.server.Close())
	_, err = at(t.Context(), "one", greetRequest{}) // on the connection that is breaking
	require.Error(t, err)
	began := time.Now()
	_, err = at(t.Context(), "one", greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable, Reason: "node_unreachable"})
	require.ErrorContains(t, err, one.ln.Addr().String())
	require.Less(t, time.Since(began), 2*time.Second, "nobody waits for it")
	_, err = at(t.Context(), "two", greetRequest{})
	require.NoError(t, err)
}

// TestNamedNodeHasTheSameGuards as any other.
func TestNamedNodeHasTheSameGuards(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "owner~b")
	require.NoError(t, o.Register(hello, rpc.Handle(greet, never(t))))
	o.Serve("hello")
	n := newCaller(t, &discovery{instances: []string{o.instance()}})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, row := range map[string]struct {
		caller contract.Caller
		ctx    context.Context
		want   status.Code
	}{
		"no consent":       {"mallory", t.Context(), status.PermissionDenied},
		"no time":          {contract.Gateway, gone, status.Canceled},
		"in a transaction": {contract.Gateway, contract.WithinTransaction(t.Context(), t), status.Internal},
	} {
		for _, node := range []string{"owner", "caller"} {
			_, err := rpc.BindAt(n.For(row.caller), greet)(row.ctx, node, greetRequest{})
			require.Equal(t, row.want, status.CodeOf(err), "%s, on %s: %v", name, node, err)
		}
	}
}

func TestNamedNodeOfAnotherVersion(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "owner~b")
	o.major = 2
	require.NoError(t, o.Register(hello, rpc.Handle(greet, never(t))))
	o.Serve("hello")
	n := newCaller(t, &discovery{instances: []string{o.instance()}})
	at := rpc.BindAt(n.For(contract.Gateway), greet)
	require.Eventually(t, func() bool {
		_, err := at(t.Context(), "owner", greetRequest{})
		return status.CodeOf(err) == status.Unimplemented
	}, 5*time.Second, time.Millisecond)
}
