package wire_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// TestCancelReachesTheHandler and leaves the connection as it was.
func TestCancelReachesTheHandler(t *testing.T) {
	t.Parallel()
	began, ended := make(chan struct{}), make(chan error, 1)
	h := start(t, func(ctx context.Context, r *wire.Request, reply *bytes.Buffer) error {
		if r.Method == "user.get" {
			return echo(ctx, r, reply)
		}
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	})
	c, _ := dial(t, h.addr)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-began
		cancel()
	}()
	_, err := ask(ctx, c, "user.wait", nil)
	require.Equal(t, status.Canceled, status.CodeOf(err))
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, context.Canceled, <-ended)
	eventually(t, func() bool { return h.InFlight() == 0 }, "the handler returned")
	require.Zero(t, c.InFlight())
	reply, err := ask(t.Context(), c, "user.get", []byte("still there"))
	require.NoError(t, err)
	require.Equal(t, "still there", string(reply))
}

// TestDeadlineReachesTheHandler without a cancel: the dialer says nothing more after the call.
func TestDeadlineReachesTheHandler(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	h := start(t, func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
		child, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		<-child.Done()
		ended <- child.Err()
		return ctx.Err()
	})
	r := greeted(t, h.addr)
	r.frame(wire.KindCall, 1, wire.CallMessage(&wire.Request{Method: "a.b"}, 20*time.Millisecond))
	require.Equal(t, context.DeadlineExceeded, <-ended)
	e, notBegun := r.expectFailure(1)
	require.Equal(t, status.DeadlineExceeded, e.Code)
	require.False(t, notBegun)
}

func TestACallThatComesTooLateIsNotRun(t *testing.T) {
	t.Parallel()
	h := start(t, func(context.Context, *wire.Request, *bytes.Buffer) error {
		t.Error("it ran")
		return nil
	})
	r := greeted(t, h.addr)
	r.frame(wire.KindCall, 1, wire.CallMessage(&wire.Request{Method: "a.b"}, 0))
	e, _ := r.expectFailure(1)
	require.Equal(t, status.DeadlineExceeded, e.Code)
	require.Zero(t, h.Held())
	c, _ := dial(t, h.addr)
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, err := ask(ctx, c, "a.b", nil)
	require.Equal(t, status.DeadlineExceeded, status.CodeOf(err))
}

// TestAHandlersContext as the handler sees it, before and after it looks.
func TestAHandlersContext(t *testing.T) {
	t.Parallel()
	var after context.Context
	child := make(chan error, 1)
	h := start(t, func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
		switch {
		case ctx.Err() != nil, ctx.Value("key") != nil:
			return errors.New("not fresh")
		}
		inner, cancel := context.WithTimeout(context.WithValue(ctx, "key", 1), time.Hour) //nolint:staticcheck // a test
		stop := context.AfterFunc(inner, func() { child <- inner.Err(); cancel() })
		_ = stop
		after = ctx
		return nil
	})
	c, _ := dial(t, h.addr)
	_, err := ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
	require.Equal(t, context.Canceled, <-child, "what a handler has started ends with it")
	require.Equal(t, context.Canceled, after.Err())
	<-after.Done()
}

// TestLazyDeadline: nobody waits for Done, and Err tells the truth all the same.
func TestLazyDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t)
		n.serve(func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
			<-time.After(time.Second)
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Error("no deadline")
			}
			<-ctx.Done()
			return ctx.Err()
		})
		c := n.dial()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := ask(ctx, c, "a.b", nil)
		require.Equal(t, status.DeadlineExceeded, status.CodeOf(err))
	})
}

// TestCancelInTheMiddleOfALargeMessage, in both directions, leaves nothing behind.
func TestCancelInTheMiddleOfALargeMessage(t *testing.T) {
	t.Parallel()
	h := start(t, func(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
		reply.Write(make([]byte, wire.MaxMessage))
		return nil
	})
	c, s := dial(t, h.addr)
	body := make([]byte, wire.MaxMessage/2)
	for i := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%20)*300*time.Microsecond)
		_, err := ask(ctx, c, "a.b", body)
		cancel()
		if err != nil {
			require.Equal(t, status.DeadlineExceeded, status.CodeOf(err))
		}
	}
	_, err := ask(t.Context(), c, "a.b", body)
	require.NoError(t, err)
	eventually(t, func() bool { return h.Held() == 0 && h.InFlight() == 0 }, "all given back")
	require.Zero(t, c.InFlight())
	require.Zero(t, s.sum(t, "holon_wire_refused_total")+h.sum(t, "holon_wire_refused_total"))
}
