package wire_test

import (
	"bytes"
	"context"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// blocked is a handler that waits to be let go.
func blocked(let <-chan struct{}) wire.Handler {
	return func(ctx context.Context, r *wire.Request, reply *bytes.Buffer) error {
		select {
		case <-let:
		case <-ctx.Done():
		}
		return nil
	}
}

// TestCallsBeyondTheCallersLimitAreNotSent, at once, so that they can go elsewhere.
func TestCallsBeyondTheCallersLimitAreNotSent(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	h := start(t, blocked(let))
	c, s := dial(t, h.addr, func(p *wire.DialParams) { p.Limits.Calls = 2 })
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() { _, _ = ask(t.Context(), c, "a.b", nil) })
	}
	eventually(t, func() bool { return c.InFlight() == 2 }, "full")
	_, err := ask(t.Context(), c, "a.b", nil)
	var unsent *wire.NotSentError
	require.ErrorAs(t, err, &unsent)
	require.Equal(t, wire.WhyFull, unsent.Why)
	require.InDelta(t, 1, s.refused(t, "calls"), 0)
	close(let)
	callers.Wait()
	_, err = ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
}

// TestCallsBeyondTheOwnersLimitAreNotBegun, small ones and large ones, and those that were stay.
func TestCallsBeyondTheOwnersLimitAreNotBegun(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	h := start(t, blocked(let), func(p *wire.ServerParams) { p.Limits.Calls = 1 })
	c, _ := dial(t, h.addr)
	first := make(chan error, 1)
	go func() {
		_, err := ask(t.Context(), c, "a.b", nil)
		first <- err
	}()
	eventually(t, func() bool { return h.InFlight() == 1 }, "one runs")
	for _, size := range []int{0, 1 << 20, wire.MaxMessage - 1000} {
		for range 20 { // more than large ones may be under way at once
			_, err := ask(t.Context(), c, "a.b", make([]byte, size))
			var unsent *wire.NotSentError
			require.ErrorAs(t, err, &unsent)
			require.Equal(t, wire.WhyRefused, unsent.Why)
			require.ErrorIs(t, unsent.Err, &status.Error{Code: status.Unavailable, Reason: "peer_busy"})
		}
	}
	require.InDelta(t, 60, h.refused(t, "calls"), 0)
	close(let)
	require.NoError(t, <-first)
	_, err := ask(t.Context(), c, "a.b", make([]byte, 1<<20))
	require.NoError(t, err)
	eventually(t, func() bool { return h.Held() == 0 }, "all given back")
}

// TestMemoryForCallsIsBounded over all connections.
func TestMemoryForCallsIsBounded(t *testing.T) {
	t.Parallel()
	let := make(chan struct{})
	h := start(t, blocked(let), func(p *wire.ServerParams) { p.Limits.Held = 10 << 20 })
	var callers sync.WaitGroup
	errs := make(chan error, 30)
	for range 3 {
		c, _ := dial(t, h.addr)
		for range 10 {
			callers.Go(func() {
				_, err := ask(t.Context(), c, "a.b", make([]byte, 1<<20))
				errs <- err
			})
		}
	}
	refused := 0
	for range 21 {
		require.ErrorAs(t, <-errs, new(*wire.NotSentError))
		refused++
	}
	require.LessOrEqual(t, h.Held(), int64(10<<20))
	require.InDelta(t, 21, h.refused(t, "memory"), 0)
	close(let)
	callers.Wait()
	for range 9 {
		require.NoError(t, <-errs)
	}
	eventually(t, func() bool { return h.Held() == 0 }, "all given back")
}

func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	h := start(t, echo, func(p *wire.ServerParams) { p.Limits.Connections = 2 })
	idle := rawDial(t, h.addr)
	c, _ := dial(t, h.addr)
	eventually(t, func() bool {
		nc, err := net.Dial("tcp", h.addr)
		require.NoError(t, err)
		r := &raw{Conn: nc, tb: t}
		r.expectClosed()
		nc.Close()
		return h.refused(t, "connections") > 0
	}, "the third is closed")
	_, err := ask(t.Context(), c, "a.b", nil)
	require.NoError(t, err)
	require.NoError(t, idle.Close())
	eventually(t, func() bool {
		c, err := wire.Dial(t.Context(), dialParams(newSide(t), h.addr))
		if err == nil {
			require.NoError(t, c.Close())
		}
		return err == nil
	}, "there is room again")
}

// TestAPeerThatAsksAndDoesNotRead is closed before its answers fill the memory.
func TestAPeerThatAsksAndDoesNotRead(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	r := greeted(t, h.addr)
	var pings []byte
	for range 10000 {
		pings = wire.AppendFrame(pings, wire.KindPing, 1, nil)
	}
	for range 10000 {
		if _, err := r.Write(pings); err != nil {
			break
		}
	}
	eventually(t, func() bool { return h.refused(t, "flood") == 1 }, "closed")
}

// TestAnswersWaitForAPeerThatDoesNotRead, in the memory that is theirs anyway, and cost nothing more.
func TestAnswersWaitForAPeerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	h := start(t, func(_ context.Context, _ *wire.Request, reply *bytes.Buffer) error {
		reply.Write(make([]byte, 60<<10))
		return nil
	}, func(p *wire.ServerParams) { p.Limits.Calls = 300 })
	r := greeted(t, h.addr)
	for id := range uint64(1000) {
		r.frame(wire.KindCall, id+1, message("a.b", ""))
	}
	replies, refused := 0, 0
	for range 1000 {
		k, _, _, err := r.in.Next()
		require.NoError(t, err)
		if k == wire.KindReply {
			replies++
		} else {
			refused++
		}
	}
	require.Positive(t, refused)
	require.GreaterOrEqual(t, replies, 300)
}

// TestManyCallsLeaveNothing behind: neither memory that is accounted for nor goroutines beyond those that wait.
func TestManyCallsLeaveNothing(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	c, s := dial(t, h.addr)
	burst := func() {
		var callers sync.WaitGroup
		for i := range 1000 {
			callers.Go(func() {
				if _, err := ask(t.Context(), c, "a.b", make([]byte, i*10)); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
	}
	burst()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 4 {
		burst()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(64<<20))
	eventually(t, func() bool { return h.Held() == 0 && h.InFlight() == 0 }, "all given back")
	require.Zero(t, c.InFlight())
	require.Zero(t, s.sum(t, "holon_wire_calls_in_flight"))
}
