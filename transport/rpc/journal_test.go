package rpc_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// TestCallsAreNoted with how they ended, also those that a guard refuses.
func TestCallsAreNoted(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			n := newNode(t, strict)
			call := n.serves(t, func(ctx context.Context, q greetRequest) (greetReply, error) {
				<-time.After(time.Second)
				switch q.Name {
				case "nobody":
					return greetReply{}, status.New(status.NotFound, "no_such_name", "no")
				case "panic":
					panic("boom")
				case "late":
					return greetReply{}, context.DeadlineExceeded
				}
				return greetReply{}, nil
			})
			denied := rpc.Bind(n.For("user"), greet)
			ctx, j := contract.WithJournal(t.Context(), time.Now())
			for _, name := range []string{"ada", "nobody", "panic", "late"} {
				_, _ = call(ctx, greetRequest{Name: name})
			}
			n.Withdraw("hello")
			_, _ = call(ctx, greetRequest{})
			_, _ = denied(ctx, greetRequest{})
			_, _ = call(contract.WithinTransaction(ctx, 1), greetRequest{})
			over, cancel := context.WithCancel(ctx)
			cancel()
			_, _ = call(over, greetRequest{})
			calls, more := j.Calls()
			require.Zero(t, more)
			want := []contract.Call{
				{Start: 0, Took: time.Second, Code: "ok"},
				{Start: time.Second, Took: time.Second, Code: "no_such_name"},
				{Start: 2 * time.Second, Took: time.Second, Code: "internal"},
				{Start: 3 * time.Second, Took: time.Second, Code: "deadline_exceeded"},
				{Start: 4 * time.Second, Code: "module_unavailable"},
				{Start: 4 * time.Second, Code: "caller_not_allowed"},
				{Start: 4 * time.Second, Code: "internal"},
				{Start: 4 * time.Second, Code: "canceled"},
			}
			for i := range want {
				want[i].Method, want[i].Place = "hello.greet", "local"
			}
			require.Equal(t, want, calls)
		})
	}
}
