package wire_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/transport/wire"
)

// TestEveryMessageArrivesAsItWasSent, of any size, among others.
func TestEveryMessageArrivesAsItWasSent(t *testing.T) {
	t.Parallel()
	// A reply has as many bytes as the request says in front; it begins with what the request hashes to.
	h := start(t, func(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
		sum := sha256.Sum256(r.Body)
		reply.Write(pattern(sum[:], int(binary.BigEndian.Uint32(r.Body))))
		return nil
	})
	c, s := dial(t, h.addr)
	size := rapid.OneOf(
		rapid.IntRange(4, 2000),
		rapid.IntRange(wire.MaxPayload-200, wire.MaxPayload+200),
		rapid.IntRange(2*wire.MaxPayload-200, 2*wire.MaxPayload+200),
		rapid.IntRange(4, 10*wire.MaxPayload),
	)
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(rt, "calls")
		asked, wanted := make([]int, n), make([]int, n)
		for i := range n {
			asked[i], wanted[i] = size.Draw(rt, "asked"), size.Draw(rt, "wanted")
		}
		errs := make([]error, n)
		right := make([]bool, n)
		var all sync.WaitGroup
		for i := range n {
			all.Go(func() {
				body := pattern([]byte{byte(i)}, asked[i])
				binary.BigEndian.PutUint32(body, uint32(wanted[i]))
				sum := sha256.Sum256(body)
				errs[i] = c.Call(t.Context(), &wire.Request{Method: "a.b", Body: body}, func(b []byte) error {
					right[i] = bytes.Equal(b, pattern(sum[:], wanted[i]))
					return nil
				})
			})
		}
		all.Wait()
		for i := range n {
			require.NoError(rt, errs[i])
			require.True(rt, right[i])
		}
	})
	for _, size := range []int{wire.MaxMessage - 100, wire.MaxMessage} {
		body := pattern([]byte{1}, wire.MaxMessage-100)
		binary.BigEndian.PutUint32(body, uint32(size))
		reply, err := ask(t.Context(), c, "a.b", body)
		require.NoError(t, err)
		require.Len(t, reply, size)
	}
	eventually(t, func() bool { return h.Held() == 0 }, "all given back")
	require.Zero(t, s.sum(t, "holon_wire_refused_total")+h.sum(t, "holon_wire_refused_total"))
}

// pattern is size bytes that begin with seed, or part of it, and look like nothing else.
func pattern(seed []byte, size int) []byte {
	var key [32]byte
	copy(key[:], seed)
	out := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(out)
	copy(out, seed)
	return out
}

// TestALargeMessageHoldsUpNoSmallOne: while two are under way, few frames go before a small one that comes later. It is
// seen in the order of frames, not in times.
func TestALargeMessageHoldsUpNoSmallOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t)
		accepted := make(chan net.Conn, 1)
		go func() { accepted <- n.answer() }()
		c := n.dial()
		in := wire.NewReader(<-accepted)
		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() { _, _ = ask(t.Context(), c, "a.large", make([]byte, wire.MaxMessage/2)) })
		}
		for range 5 {
			k, _, _, err := in.Next()
			require.NoError(t, err)
			require.Equal(t, wire.KindChunk, k)
		}
		synctest.Wait()
		callers.Go(func() { _, _ = ask(t.Context(), c, "a.small", nil) })
		synctest.Wait()
		front := 0
		for k, size := wire.KindChunk, 0; k != wire.KindCall || size > 100; front++ {
			var payload []byte
			var err error
			k, _, payload, err = in.Next()
			require.NoError(t, err)
			size = len(payload)
		}
		require.LessOrEqual(t, front, 5, "of 66")
		require.NoError(t, c.Close())
		callers.Wait()
	})
}

// TestFourLargeMessagesAtOnce, no more, however many there are.
func TestFourLargeMessagesAtOnce(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	r := accepted()
	var callers sync.WaitGroup
	for range 12 {
		callers.Go(func() { _, _ = ask(t.Context(), c, "a.large", make([]byte, 200<<10)) })
	}
	open, most, ended := map[uint64]bool{}, 0, 0
	for ended < 12 {
		k, id, _, err := r.in.Next()
		require.NoError(t, err)
		if k == wire.KindChunk {
			open[id] = true
		} else {
			require.Equal(t, wire.KindCall, k)
			delete(open, id)
			ended++
			r.frame(wire.KindReply, id, nil)
		}
		most = max(most, len(open))
	}
	callers.Wait()
	require.LessOrEqual(t, most, 4)
}
