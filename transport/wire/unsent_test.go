package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// fragile is a connection that breaks after so many bytes, in the middle of a write.
type fragile struct {
	net.Conn
	left atomic.Int64
}

func (f *fragile) Write(b []byte) (int, error) {
	left := f.left.Add(-int64(len(b)))
	if left >= 0 {
		return f.Conn.Write(b)
	}
	n := max(0, int(left)+len(b))
	n, err := f.Conn.Write(b[:n])
	f.Close()
	return n, errors.Join(err, net.ErrClosed)
}

func (f *fragile) CloseWrite() error { return f.Conn.(*net.TCPConn).CloseWrite() }

// TestWhatIsUnsentHasNotRun, wherever the connection breaks: a call that says so may be made again elsewhere.
func TestWhatIsUnsentHasNotRun(t *testing.T) {
	t.Parallel()
	var ran sync.Map
	h := start(t, func(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
		ran.Store(binary.BigEndian.Uint64(r.Body), true)
		reply.Write(r.Body[:8])
		return nil
	})
	var unsent []uint64
	var next atomic.Uint64
	lost := 0
	for range 60 {
		f := new(fragile)
		f.left.Store(1000 + rand.Int64N(1<<20))
		c, _ := dial(t, h.addr, func(p *wire.DialParams) {
			p.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				nc, err := new(net.Dialer).DialContext(ctx, network, addr)
				f.Conn = nc
				return f, err
			}
		})
		var mu sync.Mutex
		var callers sync.WaitGroup
		for i := range 16 {
			callers.Go(func() {
				for {
					id := next.Add(1)
					body := make([]byte, 8+i%2*500+i%8/7*100000)
					binary.BigEndian.PutUint64(body, id)
					_, err := ask(t.Context(), c, "a.b", body)
					if err == nil {
						continue
					}
					mu.Lock()
					defer mu.Unlock()
					if errors.As(err, new(*wire.NotSentError)) {
						unsent = append(unsent, id)
					} else {
						lost++
					}
					return
				}
			})
		}
		callers.Wait()
	}
	eventually(t, func() bool { return h.InFlight() == 0 && len(h.Connections()) == 0 }, "all is over")
	for _, id := range unsent {
		_, did := ran.Load(id)
		require.False(t, did, "call %d", id)
	}
	require.NotEmpty(t, unsent)
	require.Positive(t, lost)
	require.Zero(t, h.Held())
}
