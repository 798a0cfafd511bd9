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

// last is asked by hello on behalf of whoever asks hello.
var (
	last       = contract.Method[greetRequest, greetReply]{Name: "strings.last", Callers: []contract.Caller{"hello"}}
	lastModule = contract.Contract{Module: "strings", Methods: []contract.Described{last}}
)

// twoHops are a caller, the node of hello, and the node that hello asks in turn; each knows only the next.
func twoHops(t *testing.T, answer greetFunc) greetFunc {
	t.Helper()
	end := newOwner(t, "end~b")
	require.NoError(t, end.Register(lastModule, rpc.Handle(last, answer)))
	end.Serve("strings")
	middle := own(t, "middle~b", newCaller(t, &discovery{instances: []string{end.instance()}}))
	ask := rpc.Bind(middle.For("hello"), last)
	require.NoError(t, middle.Register(hello, rpc.Handle(greet, func(ctx context.Context, q greetRequest) (greetReply, error) {
		return ask(ctx, q)
	})))
	middle.Serve("hello")
	return rpc.Bind(newCaller(t, &discovery{instances: []string{middle.instance()}}).For(contract.Gateway), greet)
}

// TestTwoHops carries over both who it is for, by when, that nobody waits any more, and how it failed.
func TestTwoHops(t *testing.T) {
	t.Parallel()
	t.Run("principal and deadline", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(contract.WithPrincipal(t.Context(), contract.Principal{Subject: "u1", Roles: []string{"admin"}}), time.Hour)
		defer cancel()
		call := twoHops(t, func(got context.Context, q greetRequest) (greetReply, error) {
			want, _ := ctx.Deadline()
			deadline, ok := got.Deadline()
			if !ok || deadline.After(want.Add(time.Second)) || deadline.Before(want.Add(-time.Minute)) {
				t.Errorf("the deadline is %s and not %s", deadline, want)
			}
			return greetReply{Text: q.Name + " for " + contract.PrincipalOf(got).Subject}, nil
		})
		reply, err := call(ctx, greetRequest{Name: "hello"})
		require.NoError(t, err)
		require.Equal(t, "hello for u1", reply.Text)
	})
	t.Run("cancellation", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		seen := make(chan struct{})
		call := twoHops(t, func(got context.Context, _ greetRequest) (reply greetReply, _ error) {
			cancel()
			<-got.Done()
			close(seen)
			return reply, got.Err()
		})
		_, err := call(ctx, greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.Canceled})
		<-seen
	})
	t.Run("time that runs out", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		seen := make(chan struct{})
		call := twoHops(t, func(got context.Context, _ greetRequest) (reply greetReply, _ error) {
			<-got.Done()
			close(seen)
			return reply, got.Err()
		})
		_, err := call(ctx, greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.DeadlineExceeded})
		<-seen
	})
	t.Run("failure", func(t *testing.T) {
		t.Parallel()
		failure := status.New(status.Conflict, "taken", "it is taken").With(status.DetailHint, "take another")
		call := twoHops(t, func(context.Context, greetRequest) (reply greetReply, _ error) { return reply, failure })
		_, err := call(t.Context(), greetRequest{})
		require.Equal(t, failure, status.From(err))
	})
}
