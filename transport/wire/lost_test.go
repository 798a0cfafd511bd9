package wire_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// TestACallOnItsWayIsLostWithItsConnection; one that was never written is not sent.
func TestACallOnItsWayIsLostWithItsConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t)
		accepted := make(chan net.Conn, 1)
		go func() { accepted <- n.answer() }()
		c := n.dial()
		nc := <-accepted
		first, second, large := make(chan error, 1), make(chan error, 1), make(chan error, 1)
		call := func(out chan error, size int) {
			_, err := ask(t.Context(), c, "a.b", make([]byte, size))
			out <- err
		}
		go call(first, 1000)
		synctest.Wait() // it is being written, and the peer does not read
		go call(second, 10)
		synctest.Wait()
		go call(large, 1<<20)
		synctest.Wait()
		require.Equal(t, 3, c.InFlight())
		nc.Close()
		require.ErrorAs(t, <-first, new(*wire.LostError))
		var unsent *wire.NotSentError
		require.ErrorAs(t, <-second, &unsent)
		require.Equal(t, wire.WhyDown, unsent.Why)
		require.ErrorAs(t, <-large, &unsent)
		_, err := ask(t.Context(), c, "a.b", nil)
		require.ErrorAs(t, err, &unsent)
		require.ErrorContains(t, err, "users~b1@memory")
	})
}

// TestALargeCallThatWasBegunIsUnsent until its last piece is written.
func TestALargeCallThatWasBegunIsUnsent(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	r := accepted()
	done := make(chan error, 1)
	go func() {
		_, err := ask(t.Context(), c, "a.b", make([]byte, wire.MaxMessage-1000))
		done <- err
	}()
	for range 3 {
		_, _, _, err := r.in.Next()
		require.NoError(t, err)
	}
	require.NoError(t, r.Close())
	// The network may have taken the whole of it before it noticed.
	err := <-done
	require.True(t, errors.As(err, new(*wire.NotSentError)) || errors.As(err, new(*wire.LostError)), "%v", err)
}

// TestThePeersReasonIsKept when it says why it closes.
func TestThePeersReasonIsKept(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	r := accepted()
	r.frame(wire.KindError, 0, []byte{1, 1, byte(status.Exhausted), 3, 4, 't', 'i', 'r', 'e'})
	<-c.Done()
	require.ErrorIs(t, c.Err(), &status.Error{Code: status.Exhausted})
}

// TestAnAcceptorThatBreaksTheRules is left, and counted.
func TestAnAcceptorThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string][]byte{
		"frame of the dialer's": wire.AppendFrame(nil, wire.KindCall, 1, nil),
		"unknown kind":          wire.AppendFrame(nil, 99, 1, nil),
		"error that is none":    wire.AppendFrame(nil, wire.KindError, 1, []byte{1, 100}),
		"empty chunk":           wire.AppendFrame(nil, wire.KindChunk, 1, nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, accepted := rawListen(t)
			c, s := dial(t, addr)
			accepted().send(frame)
			<-c.Done()
			require.NoError(t, c.Close())
			require.InDelta(t, 1, s.refused(t, "malformed"), 0)
		})
	}
}

// TestAnswersNobodyWaitsForAreSkipped: their callers have left.
func TestAnswersNobodyWaitsForAreSkipped(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	r := accepted()
	r.frame(wire.KindReply, 900, []byte("x"))
	r.frame(wire.KindError, 901, nil)
	for range 10 { // more than may be under way at once, each ended
		r.frame(wire.KindChunk, 902, []byte{0, 0, 0, 9, 1})
		r.frame(wire.KindError, 902, nil)
	}
	go func() {
		_, _, _, _ = r.in.Next()
		r.frame(wire.KindReply, 1, []byte("y"))
	}()
	reply, err := ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
	require.Equal(t, "y", string(reply))
}

// TestCloseEndsEverything on either side, with calls in flight.
func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	for _, server := range []bool{true, false} {
		ended := make(chan struct{}, 10)
		h := start(t, func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
			<-ctx.Done()
			ended <- struct{}{}
			return nil
		})
		c, s := dial(t, h.addr)
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				_, err := ask(t.Context(), c, "a.b", nil)
				if status.CodeOf(err) != status.Unavailable {
					t.Errorf("not lost: %v", err)
				}
			})
		}
		eventually(t, func() bool { return h.InFlight() == 10 }, "all run")
		if server {
			require.NoError(t, h.Close())
			require.Len(t, ended, 10)
		} else {
			require.NoError(t, c.Close())
		}
		callers.Wait()
		<-c.Done()
		for range 10 {
			<-ended
		}
		require.NoError(t, c.Close())
		require.NoError(t, h.Close(), "a second time")
		for _, family := range []string{"holon_wire_calls_in_flight", "holon_wire_connections"} {
			require.Zero(t, s.sum(t, family)+h.sum(t, family))
		}
	}
}

// TestAHandlerMaySayThatItHasNotBegun: its caller may go elsewhere.
func TestAHandlerMaySayThatItHasNotBegun(t *testing.T) {
	t.Parallel()
	why := status.New(status.Unavailable, "module_unavailable", "not ready")
	h := start(t, func(context.Context, *wire.Request, *bytes.Buffer) error { return wire.NotBegun(why) })
	c, _ := dial(t, h.addr)
	_, err := ask(t.Context(), c, "a.b", nil)
	var unsent *wire.NotSentError
	require.ErrorAs(t, err, &unsent)
	require.Equal(t, wire.WhyRefused, unsent.Why)
	require.Equal(t, why, unsent.Err)
}
