package wire_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// TestDrainUnderLoad: of the calls of 16 callers each one that ran is answered, and each that was not answered was
// never run.
func TestDrainUnderLoad(t *testing.T) {
	t.Parallel()
	for range 20 {
		var ran atomic.Int64
		h := start(t, func(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
			ran.Add(1)
			reply.Write(r.Body)
			return nil
		})
		c, s := dial(t, h.addr)
		var answered, unsent atomic.Int64
		var callers sync.WaitGroup
		for i := range 16 {
			body := make([]byte, 100)
			if i%4 == 0 {
				body = make([]byte, 150<<10)
			}
			callers.Go(func() {
				for {
					_, err := ask(t.Context(), c, "a.b", body)
					var not *wire.NotSentError
					switch {
					case err == nil:
						answered.Add(1)
					case errors.As(err, &not):
						unsent.Add(1)
						return
					default:
						t.Errorf("neither answered nor unsent: %v", err)
						return
					}
				}
			})
		}
		eventually(t, func() bool { return answered.Load() > 100 }, "load")
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		require.NoError(t, h.Drain(ctx))
		cancel()
		callers.Wait()
		<-c.Done()
		require.True(t, c.Going())
		require.Equal(t, ran.Load(), answered.Load(), "no call that ran is without its answer, no other has one")
		require.EqualValues(t, 16, unsent.Load())
		require.Empty(t, h.Connections())
		require.Zero(t, s.sum(t, "holon_wire_refused_total")+h.sum(t, "holon_wire_refused_total"))
		_, err := ask(t.Context(), c, "a.b", nil)
		require.ErrorAs(t, err, new(*wire.NotSentError))
		require.Zero(t, h.Held())
	}
}

// TestDrainWaitsForWhatWasAccepted, and the client knows at once.
func TestDrainWaitsForWhatWasAccepted(t *testing.T) {
	t.Parallel()
	began, let := make(chan struct{}), make(chan struct{})
	h := start(t, func(_ context.Context, _ *wire.Request, reply *bytes.Buffer) error {
		close(began)
		<-let
		reply.WriteString("done")
		return nil
	})
	c, _ := dial(t, h.addr)
	answer := make(chan string, 1)
	go func() {
		reply, err := ask(t.Context(), c, "a.b", nil)
		answer <- string(reply)
		if err != nil {
			t.Error(err)
		}
	}()
	<-began
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorContains(t, h.Drain(short), "1 calls from 1 nodes are left")
	require.True(t, c.Going())
	_, err := ask(t.Context(), c, "a.b", nil)
	var unsent *wire.NotSentError
	require.ErrorAs(t, err, &unsent)
	require.Equal(t, wire.WhyGoing, unsent.Why)
	_, err = wire.Dial(t.Context(), dialParams(newSide(t), h.addr))
	require.ErrorAs(t, err, &unsent)
	close(let)
	require.NoError(t, h.Drain(t.Context()), "a second time")
	require.Equal(t, "done", <-answer)
	<-c.Done()
}

func TestDrainOfAnIdleServer(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	c, _ := dial(t, h.addr)
	_, err := ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
	require.NoError(t, h.Drain(t.Context()))
	<-c.Done()
	require.NoError(t, h.Drain(t.Context()))
	require.NoError(t, start(t, echo).Drain(t.Context()), "without a peer")
}

// TestCallsAfterTheGoAway that were on their way are not run, in one piece or in chunks.
func TestCallsAfterTheGoAway(t *testing.T) {
	t.Parallel()
	var ran atomic.Int64
	h := start(t, func(context.Context, *wire.Request, *bytes.Buffer) error {
		ran.Add(1)
		return nil
	})
	r := greeted(t, h.addr)
	r.frame(wire.KindCall, 1, message("a.b", ""))
	r.expect(wire.KindReply, 1)
	chunked := wire.CallMessage(&wire.Request{Method: "a.b", Body: make([]byte, 10)}, wire.Unlimited)
	total := []byte{0, 0, 0, byte(len(chunked))}
	r.frame(wire.KindChunk, 2, append(bytes.Clone(total), chunked[:5]...))
	r.frame(wire.KindPing, 1, nil)
	r.expect(wire.KindPong, 1)
	drained := make(chan error, 1)
	go func() { drained <- h.Drain(t.Context()) }()
	r.expect(wire.KindGoAway, 2)
	r.frame(wire.KindCall, 3, message("a.b", ""))
	r.frame(wire.KindChunk, 4, append(bytes.Clone(total), chunked[:5]...))
	r.frame(wire.KindGoneAck, 2, nil)
	r.frame(wire.KindCall, 2, chunked[5:])
	r.expect(wire.KindReply, 2)
	r.expectClosed()
	require.NoError(t, r.Close())
	require.NoError(t, <-drained)
	require.EqualValues(t, 2, ran.Load())
	require.Zero(t, h.Held())
}

// TestAPeerThatDoesNotCloseIsClosed when it has acknowledged and had its answers.
func TestAPeerThatDoesNotCloseIsClosed(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	r := greeted(t, h.addr)
	drained := make(chan error, 1)
	go func() { drained <- h.Drain(t.Context()) }()
	r.expect(wire.KindGoAway, 0)
	r.frame(wire.KindGoneAck, 0, nil)
	require.NoError(t, <-drained)
	require.Zero(t, h.sum(t, "holon_wire_refused_total"))
}

// TestTheDialerAcknowledges a go-away, gives up the calls beyond it, keeps the others and begins no more.
func TestTheDialerAcknowledges(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	r := accepted()
	errs := make([]chan error, 2)
	for i := range errs {
		errs[i] = make(chan error, 1)
		go func() {
			_, err := ask(t.Context(), c, "a.b", nil)
			errs[i] <- err
		}()
		r.expect(wire.KindCall, uint64(i+1))
	}
	r.frame(wire.KindGoAway, 1, nil)
	r.expect(wire.KindGoneAck, 1)
	var unsent *wire.NotSentError
	require.ErrorAs(t, <-errs[1], &unsent)
	require.Equal(t, wire.WhyGoing, unsent.Why)
	_, err := ask(t.Context(), c, "a.b", make([]byte, 1<<20))
	require.ErrorAs(t, err, &unsent)
	require.Equal(t, 1, c.InFlight())
	r.frame(wire.KindReply, 1, nil)
	require.NoError(t, <-errs[0])
	require.NoError(t, r.Conn.(*net.TCPConn).CloseWrite())
	r.expectClosed()
	<-c.Done()
}
