package rpc_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// TestServeAndWithdrawUnderCalls: every call is answered or refused as a whole, whenever the module comes and goes.
func TestServeAndWithdrawUnderCalls(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		call := n.serves(t, func(_ context.Context, r greetRequest) (greetReply, error) {
			return greetReply{Text: "hello " + r.Name}, nil
		})
		var callers sync.WaitGroup
		done := make(chan struct{})
		for range 4 {
			callers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					reply, err := call(t.Context(), greetRequest{Name: "ada"})
					switch {
					case err == nil && reply.Text == "hello ada":
					case errors.Is(err, &status.Error{Code: status.Unavailable}) && reply == (greetReply{}):
					default:
						t.Errorf("neither answered nor refused: %v, %v", reply, err)
						return
					}
				}
			})
		}
		for range 500 {
			n.Withdraw("hello")
			rpc.Bind(n.For("order"), greet)
			n.Serve("hello")
		}
		close(done)
		callers.Wait()
		require.Empty(t, n.logged(t))
	})
}

func TestWithdrawLetsCallsInsideFinish(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		inside, leave := make(chan struct{}), make(chan struct{})
		call := n.serves(t, func(context.Context, greetRequest) (greetReply, error) {
			close(inside)
			<-leave
			return greetReply{Text: "late"}, nil
		})
		answer := make(chan greetReply)
		go func() {
			reply, err := call(t.Context(), greetRequest{})
			if err != nil {
				t.Errorf("the call inside failed: %v", err)
			}
			answer <- reply
		}()
		<-inside
		n.Withdraw("hello")
		_, err := call(t.Context(), greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.Unavailable})
		close(leave)
		require.Equal(t, "late", (<-answer).Text)
	})
}

// TestServeIsByModule: a name that begins alike is another module.
func TestServeIsByModule(t *testing.T) {
	t.Parallel()
	n := newNode(t, false)
	call := n.serves(t, func(context.Context, greetRequest) (greetReply, error) { return greetReply{}, nil })
	n.Withdraw("hell")
	n.Withdraw("")
	_, err := call(t.Context(), greetRequest{})
	require.NoError(t, err)
	n.Serve("nobody")
	_, err = rpc.Bind(n.For(contract.Gateway), contract.Method[greetRequest, greetReply]{
		Name: "nobody.greet", Callers: greet.Callers})(t.Context(), greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable}, "serving what nobody registered serves nothing")
}
