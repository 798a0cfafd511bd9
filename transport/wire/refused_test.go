package wire_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/wire"
)

// TestAPeerThatBreaksTheRules is closed, counted and logged, and the next one is served.
func TestAPeerThatBreaksTheRules(t *testing.T) {
	t.Parallel()
	chunk := func(total uint32, piece string) []byte {
		return append(binary.BigEndian.AppendUint32(nil, total), piece...)
	}
	frames := func(all ...[]byte) (out []byte) {
		for _, f := range all {
			out = append(out, f...)
		}
		return out
	}
	for name, row := range map[string]struct {
		reason string
		bytes  []byte
	}{
		"oversized frame":         {"oversized", wire.AppendHead(nil, wire.KindCall, 1, wire.MaxPayload+1)},
		"oversized unknown frame": {"oversized", wire.AppendHead(nil, 250, 1, 1<<31)},
		"oversized message":       {"oversized", wire.AppendFrame(nil, wire.KindChunk, 1, chunk(wire.MaxMessage+1, "x"))},
		"unknown kind":            {"malformed", wire.AppendFrame(nil, 11, 1, nil)},
		"kind 0":                  {"malformed", wire.AppendFrame(nil, 0, 1, nil)},
		"frame of the acceptor's": {"malformed", wire.AppendFrame(nil, wire.KindGoAway, 1, nil)},
		"second hello":            {"malformed", wire.AppendFrame(nil, wire.KindHello, 0, nil)},
		"call without a header":   {"malformed", wire.AppendFrame(nil, wire.KindCall, 1, nil)},
		"header beyond the end":   {"malformed", wire.AppendFrame(nil, wire.KindCall, 1, []byte{200})},
		"call without a method":   {"malformed", wire.AppendFrame(nil, wire.KindCall, 1, message("", ""))},
		"call 0":                  {"malformed", wire.AppendFrame(nil, wire.KindCall, 0, message("a.b", ""))},
		"header too long":         {"oversized", wire.AppendFrame(nil, wire.KindCall, 1, message(strings.Repeat("x", 17<<10), ""))},
		"ids that go back":        {"malformed", frames(wire.AppendFrame(nil, wire.KindCall, 5, message("a.b", "")), wire.AppendFrame(nil, wire.KindCall, 4, message("a.b", "")))},
		"chunk without a piece":   {"malformed", wire.AppendFrame(nil, wire.KindChunk, 1, chunk(9, ""))},
		"chunk beyond its total":  {"malformed", wire.AppendFrame(nil, wire.KindChunk, 1, chunk(3, "four"))},
		"chunks that disagree":    {"malformed", frames(wire.AppendFrame(nil, wire.KindChunk, 1, chunk(9, "abc")), wire.AppendFrame(nil, wire.KindChunk, 1, chunk(8, "abc")))},
		"message too short":       {"malformed", frames(wire.AppendFrame(nil, wire.KindChunk, 1, chunk(9, "abc")), wire.AppendFrame(nil, wire.KindCall, 1, nil))},
		"ack of nothing":          {"malformed", wire.AppendFrame(nil, wire.KindGoneAck, 0, nil)},
		"five messages in chunks": {"malformed", frames(fiveChunks(chunk(1000, "x"))...)},
		"death in a frame's head": {"broken", []byte{0, 0}},
		"death in a frame":        {"broken", wire.AppendHead(nil, wire.KindCall, 1, 100)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, echo)
			r := greeted(t, h.addr)
			r.send(row.bytes)
			if row.reason == "broken" {
				require.NoError(t, r.Close())
			} else {
				r.expectClosed()
			}
			eventually(t, func() bool { return h.refused(t, row.reason) == 1 }, "counted")
			eventually(t, func() bool { return len(h.Connections()) == 0 }, "gone")
			require.Equal(t, 1, h.log.count("level=WARN"))
			require.Zero(t, h.Held())
			c, _ := dial(t, h.addr)
			_, err := ask(t.Context(), c, "a.b", nil)
			require.NoError(t, err)
		})
	}
}

func fiveChunks(payload []byte) (out [][]byte) {
	for id := range uint64(5) {
		out = append(out, wire.AppendFrame(nil, wire.KindChunk, id+1, payload))
	}
	return out
}

func TestWhatAPeerOneReleaseNewerSaysIsSkipped(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	r := greeted(t, h.addr)
	r.frame(200, 9, []byte("from tomorrow"))
	header := wire.CallMessage(&wire.Request{Method: "a.b"}, wire.Unlimited)[1:]
	header = append(header, 77, 2, 'h', 'i')
	r.frame(wire.KindCall, 1, append(append([]byte{byte(len(header))}, header...), "body"...))
	require.Equal(t, "body", string(r.expect(wire.KindReply, 1)))
	r.frame(wire.KindPing, 5, []byte("with a payload"))
	r.expect(wire.KindPong, 5)
}

func TestStrangersAreTurnedAway(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ reason, says, answer string }{
		"http":    {"http", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
		"head":    {"http", "HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 400"},
		"garbage": {"garbage", "\x16\x03\x01\x00", ""},
		"major":   {"version", "HOLON/2\n", wire.Magic},
		"death":   {"broken", "HOL", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, echo)
			for range 3 {
				r := rawDial(t, h.addr)
				r.send([]byte(row.says))
				require.NoError(t, r.Conn.(*net.TCPConn).CloseWrite())
				answer, _ := io.ReadAll(r.Conn)
				require.Equal(t, row.answer, string(answer[:min(len(answer), len(row.answer))]))
			}
			eventually(t, func() bool { return h.refused(t, row.reason) == 3 }, "counted each time")
			require.Equal(t, 1, h.log.count("level=WARN"), "logged once")
		})
	}
}

// TestTheAnswerToHTTPIsHTTP as a client reads it.
func TestTheAnswerToHTTPIsHTTP(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	r := rawDial(t, h.addr)
	r.send([]byte("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"))
	answer, err := http.ReadResponse(bufio.NewReader(r.Conn), nil)
	require.NoError(t, err)
	require.Equal(t, 400, answer.StatusCode)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "port is for the nodes")
}

func TestOtherTakesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	taken := make(chan net.Conn, 1)
	h := start(t, echo, func(p *wire.ServerParams) { p.Other = func(nc net.Conn) { taken <- nc } })
	r := rawDial(t, h.addr)
	r.send([]byte("HELLO there"))
	nc := <-taken
	require.NoError(t, h.Close(), "it is not the server's any more")
	said := make([]byte, 11)
	_, err := io.ReadFull(nc, said)
	require.NoError(t, err)
	require.Equal(t, "HELLO there", string(said))
	require.NoError(t, nc.Close())
}

func TestASlowHandshakeEnds(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"silent": "", "half a word": "HOL", "no hello": wire.Magic} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t, echo, func(p *wire.ServerParams) { p.Limits.Handshake = 50 * time.Millisecond })
			r := rawDial(t, h.addr)
			r.send([]byte(says))
			r.expectClosed()
			eventually(t, func() bool { return h.refused(t, "slow_handshake") == 1 }, "counted")
		})
	}
}

func TestHandshakeRefusalsSayWhy(t *testing.T) {
	t.Parallel()
	h := start(t, echo, func(p *wire.ServerParams) {
		p.Check = func(h wire.Hello) error {
			if h.Cluster != "c1" {
				return errors.New("another cluster: " + h.Cluster)
			}
			return nil
		}
	})
	http := httptest.NewServer(nil)
	t.Cleanup(http.Close)
	for name, row := range map[string]struct {
		with func(*wire.DialParams)
		why  string
		says string
	}{
		"cluster": {func(p *wire.DialParams) {
			p.Hello = func() wire.Hello { return wire.Hello{Cluster: "c9"} }
		}, wire.WhyHandshake, "another cluster: c9"},
		"own check": {func(p *wire.DialParams) {
			p.Check = func(wire.Hello) error { return errors.New("not one of ours") }
		}, wire.WhyHandshake, "not one of ours"},
		"boot":   {func(p *wire.DialParams) { p.Expect = wire.Expect{Node: "users", Boot: "b0"} }, wire.WhyIdentity, "users~b1 answers"},
		"node":   {func(p *wire.DialParams) { p.Expect = wire.Expect{Node: "user"} }, wire.WhyIdentity, "users~b1 answers"},
		"http":   {func(p *wire.DialParams) { p.Addr = http.Listener.Addr().String() }, wire.WhyHandshake, "HTTP server"},
		"nobody": {func(p *wire.DialParams) { p.Addr = "127.0.0.1:1" }, wire.WhyDial, "refused"},
		"large hello": {func(p *wire.DialParams) {
			p.Hello = func() wire.Hello { return wire.Hello{Node: strings.Repeat("x", wire.MaxHello)} }
		}, wire.WhyHandshake, "a hello of"},
		"no limits": {func(p *wire.DialParams) { p.Limits = wire.Limits{} }, wire.WhyDial, "limit Calls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := dialParams(newSide(t), h.addr)
			row.with(&p)
			_, err := wire.Dial(t.Context(), p)
			var unsent *wire.NotSentError
			require.ErrorAs(t, err, &unsent)
			require.Equal(t, row.why, unsent.Why)
			require.ErrorContains(t, err, row.says)
			require.Equal(t, status.Unavailable, status.CodeOf(err))
		})
	}
}

func TestAnotherProtocolVersionIsRefusedOnBothSides(t *testing.T) {
	t.Parallel()
	hello := append([]byte(wire.Magic), wire.AppendFrame(nil, wire.KindHello, 0, wire.AppendHello(nil, clientHello(), 2))...)
	h := start(t, echo)
	r := rawDial(t, h.addr)
	r.send(hello)
	_, err := r.in.ReadOpening()
	require.ErrorIs(t, err, &status.Error{Code: status.PermissionDenied, Reason: "version"})
	r.expectClosed()
	require.NoError(t, r.Close())
	eventually(t, func() bool { return h.refused(t, "version") == 1 }, "counted")

	p := dialParams(newSide(t), "")
	done := make(chan struct{})
	p.Dial = func(context.Context, string, string) (net.Conn, error) {
		a, b := net.Pipe()
		go func() {
			defer close(done)
			_, _ = io.ReadFull(b, make([]byte, len(wire.Opening(clientHello()))))
			_, _ = b.Write(hello)
			b.Close()
		}()
		return a, nil
	}
	_, err = wire.Dial(t.Context(), p)
	require.ErrorContains(t, err, "protocol version 2")
	<-done
}

func TestDialLeavesWithItsContext(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel and says nothing
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err = wire.Dial(ctx, dialParams(newSide(t), ln.Addr().String()))
	require.ErrorIs(t, err, context.Canceled)
}
