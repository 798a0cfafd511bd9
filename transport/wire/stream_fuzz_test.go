package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

func seeds(f *testing.F) {
	f.Helper()
	call := wire.AppendFrame(nil, wire.KindCall, 1, message("a.b", "body"))
	chunked := message("a.b", "a body in two pieces")
	chunk := wire.AppendFrame(nil, wire.KindChunk, 2, append(binary.BigEndian.AppendUint32(nil, uint32(len(chunked))), chunked[:9]...))
	end := wire.AppendFrame(nil, wire.KindCall, 2, chunked[9:])
	f.Add(call)
	f.Add(append(bytes.Clone(chunk), end...))
	f.Add(append(append(bytes.Clone(call), chunk...), wire.AppendFrame(nil, wire.KindCancel, 2, nil)...))
	f.Add(wire.AppendFrame(wire.AppendFrame(nil, wire.KindReply, 1, []byte("x")), wire.KindGoAway, 1, nil))
	f.Add(wire.AppendFrame(wire.AppendFrame(nil, wire.KindChunk, 2, []byte{0, 0, 0, 3, 1}), wire.KindReply, 2, []byte{1, 1}))
	f.Add(wire.AppendFrame(nil, wire.KindError, 1, []byte{5, 0, 1, 1, 11}))
	f.Add(wire.AppendFrame(wire.AppendFrame(nil, wire.KindPing, 1, nil), wire.KindGoneAck, 0, nil))
}

// FuzzServer: whatever a peer sends after its hello, the server ends it or serves it, and nothing of it is left.
func FuzzServer(f *testing.F) {
	seeds(f)
	m, err := wire.NewMetrics(prometheus.NewRegistry())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, stream []byte) {
		s, err := wire.NewServer(wire.ServerParams{
			Handler: echo, Hello: serverHello, Limits: wire.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: m,
		})
		require.NoError(t, err)
		n := newNet(t)
		s.Start(n, func(error) {})
		nc, err := n.connect(t.Context(), "", "")
		require.NoError(t, err)
		require.NoError(t, nc.SetDeadline(time.Now().Add(10*time.Second)))
		greet(t, nc)
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(io.Discard, nc)
		}()
		_, _ = nc.Write(stream)
		require.NoError(t, nc.Close())
		<-read
		require.NoError(t, s.Close())
		require.Zero(t, s.Held())
		require.Zero(t, s.InFlight())
	})
}

// FuzzConn: whatever the acceptor answers, each call ends, and so does the connection.
func FuzzConn(f *testing.F) {
	seeds(f)
	m, err := wire.NewMetrics(prometheus.NewRegistry())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, stream []byte) {
		n := newNet(t)
		peer := make(chan net.Conn, 1)
		go func() { peer <- n.answer() }()
		p := n.params()
		p.Metrics, p.Log = m, slog.New(slog.DiscardHandler)
		c, err := wire.Dial(t.Context(), p)
		require.NoError(t, err)
		nc := <-peer
		calls := make(chan error, 3)
		for i := range cap(calls) {
			go func() {
				calls <- c.Call(context.Background(), &wire.Request{Method: "a.b", Body: make([]byte, i*50000)}, func([]byte) error { return nil })
			}()
		}
		go func() { _, _ = io.Copy(io.Discard, nc) }()
		_, _ = nc.Write(stream)
		require.NoError(t, nc.Close())
		for range cap(calls) {
			if err := <-calls; err != nil {
				t.Log(err) // any end will do
			}
		}
		<-c.Done()
		require.NoError(t, c.Close())
		require.Zero(t, c.InFlight())
	})
}
