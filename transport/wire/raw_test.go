package wire_test

import (
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// raw is a peer that says what a test wants it to say.
type raw struct {
	net.Conn
	tb testing.TB
	in *wire.Reader
}

// rawDial opens a connection to a server by hand.
func rawDial(tb testing.TB, addr string) *raw {
	tb.Helper()
	nc, err := net.Dial("tcp", addr)
	require.NoError(tb, err)
	tb.Cleanup(func() { nc.Close() })
	return &raw{Conn: nc, tb: tb, in: wire.NewReader(nc)}
}

// greeted has both hellos behind it.
func greeted(tb testing.TB, addr string) *raw {
	tb.Helper()
	r := rawDial(tb, addr)
	r.send(wire.Opening(clientHello()))
	_, err := r.in.ReadOpening()
	require.NoError(tb, err)
	return r
}

func (r *raw) send(b []byte) {
	r.tb.Helper()
	_, err := r.Write(b)
	require.NoError(r.tb, err)
}

func (r *raw) frame(k wire.Kind, id uint64, payload []byte) {
	r.tb.Helper()
	r.send(wire.AppendFrame(nil, k, id, payload))
}

// expect reads the next frame, which must be of kind k.
func (r *raw) expect(k wire.Kind, id uint64) []byte {
	r.tb.Helper()
	require.NoError(r.tb, r.SetReadDeadline(time.Now().Add(10*time.Second)))
	got, gotID, payload, err := r.in.Next()
	require.NoError(r.tb, err)
	require.Equal(r.tb, []any{k, id}, []any{got, gotID})
	return payload
}

// expectFailure reads an error frame.
func (r *raw) expectFailure(id uint64) (*status.Error, bool) {
	r.tb.Helper()
	e, notBegun, err := wire.Failure(r.expect(wire.KindError, id))
	require.NoError(r.tb, err)
	return e, notBegun
}

// expectClosed reads until the other side has closed.
func (r *raw) expectClosed() {
	r.tb.Helper()
	require.NoError(r.tb, r.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := io.Copy(io.Discard, r.Conn)
	require.NotErrorIs(r.tb, err, os.ErrDeadlineExceeded)
}

// rawListen is an acceptor by hand: it shakes hands with one dialer and gives the connection.
func rawListen(tb testing.TB) (addr string, accepted func() *raw) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	tb.Cleanup(func() { ln.Close() })
	peers := make(chan *raw, 1)
	done := make(chan struct{})
	tb.Cleanup(func() { ln.Close(); <-done })
	go func() {
		defer close(done)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		r := &raw{Conn: nc, tb: tb, in: wire.NewReader(nc)}
		if _, err := r.in.ReadOpening(); err == nil {
			_, _ = nc.Write(wire.Opening(serverHello()))
		}
		peers <- r
	}()
	return ln.Addr().String(), func() *raw {
		r := <-peers
		tb.Cleanup(func() { r.Close() })
		return r
	}
}

func message(method string, body string) []byte {
	return wire.CallMessage(&wire.Request{Method: method, Body: []byte(body)}, wire.Unlimited)
}
