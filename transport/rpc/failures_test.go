package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// failing is a handler that hands out half a reply beside its error.
func failing(err error) greetFunc {
	return func(context.Context, greetRequest) (greetReply, error) { return greetReply{Text: "half"}, err }
}

func TestStatusErrorCrosses(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		theirs := status.New(status.Conflict, "name_taken", "ada is taken").With("field", "name").Because(errors.New("row 17"))
		reply, err := n.serves(t, failing(fmt.Errorf("greet: %w", theirs)))(t.Context(), greetRequest{})
		require.Zero(t, reply, "a failed call has no reply")
		require.Equal(t, &status.Error{Code: status.Conflict, Reason: "name_taken", Message: "ada is taken",
			Details: map[string]string{"field": "name"}}, err, "without its cause")
		status.From(err).Details["field"] = "mine"
		require.Equal(t, "name", theirs.Details["field"], "the details are the caller's own")
		require.Empty(t, n.logged(t), "a business error is no event")
		require.Equal(t, 1, n.failures(t, "conflict"))
	})
}

func TestInternalErrorStaysWhereItHappened(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		reply, err := n.serves(t, failing(fmt.Errorf("greet: %w", errors.New("row 17"))))(t.Context(), greetRequest{})
		require.Zero(t, reply)
		require.Equal(t, &status.Error{Code: status.Internal, Message: "internal error"}, err)
		lines := n.logged(t)
		require.Len(t, lines, 1)
		require.Subset(t, lines[0], map[string]any{
			"level": "ERROR", "msg": "call failed", "method": "hello.greet", "caller": "gateway", "err": "greet: row 17"})
		require.Equal(t, 1, n.failures(t, "internal"))
	})
}

// TestCodeOutsideTheSetIsOurFault: what becomes internal on the way is logged like what was.
func TestCodeOutsideTheSetIsOurFault(t *testing.T) {
	t.Parallel()
	var typedNil *status.Error
	for name, err := range map[string]error{"zero code": &status.Error{Message: "?"}, "nil in an error": typedNil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(t *testing.T, n *node) {
				_, got := n.serves(t, failing(err))(t.Context(), greetRequest{})
				require.ErrorIs(t, got, &status.Error{Code: status.Internal})
				require.Len(t, n.logged(t), 1)
				require.Equal(t, 1, n.failures(t, "internal"))
			})
		})
	}
}

func TestPanicIsOneFailedCall(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"text": "secret", "error": errors.New("secret"), "nil": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(t *testing.T, n *node) {
				call := n.serves(t, func(_ context.Context, r greetRequest) (greetReply, error) {
					if r.Name == "" {
						panic(value)
					}
					return greetReply{Text: "hello"}, nil
				})
				reply, err := call(t.Context(), greetRequest{})
				require.Zero(t, reply)
				require.Equal(t, &status.Error{Code: status.Internal, Message: "internal error"}, err, "no text of the panic")
				lines := n.logged(t)
				require.Len(t, lines, 1)
				require.Contains(t, lines[0]["err"], "panic: ")
				require.Contains(t, lines[0]["err"], "failures_test.go", "with its stack")
				require.Equal(t, 1, n.counted(t, "holon_call_panics_total", map[string]string{"method": "hello.greet"}))
				require.Equal(t, 1, n.failures(t, "internal"))

				reply, err = call(t.Context(), greetRequest{Name: "ada"})
				require.NoError(t, err, "the next call is none the worse")
				require.Equal(t, "hello", reply.Text)
			})
		})
	}
}

// TestCauseIsLoggedOnceOverTwoHops: the second hop has nothing left to tell of it.
func TestCauseIsLoggedOnceOverTwoHops(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		relay := contract.Method[greetRequest, greetReply]{Name: "order.relay", Callers: []contract.Caller{contract.Gateway}}
		n.serves(t, failing(errors.New("row 17")))
		inner := rpc.Bind(n.For("order"), greet)
		require.NoError(t, n.Register(
			contract.Contract{Module: "order", Methods: []contract.Described{relay}},
			rpc.Handle(relay, func(ctx context.Context, r greetRequest) (greetReply, error) { return inner(ctx, r) })))
		n.Serve("order")
		_, err := rpc.Bind(n.For(contract.Gateway), relay)(t.Context(), greetRequest{})
		require.Equal(t, &status.Error{Code: status.Internal, Message: "internal error"}, err)
		var told int
		for _, line := range n.logged(t) {
			if line["err"] == "row 17" {
				told++
			}
		}
		require.Equal(t, 1, told)
	})
}
