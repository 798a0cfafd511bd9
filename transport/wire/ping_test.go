package wire_test

import (
	"bytes"
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/wire"
)

// TestAQuietConnectionStays for as long as both sides answer pings.
func TestAQuietConnectionStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t)
		n.serve(func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
			<-time.After(time.Hour)
			return nil
		})
		c := n.dial()
		_, err := ask(t.Context(), c, "a.b", nil)
		require.NoError(t, err, "after an hour")
		require.Zero(t, n.client.sum(t, "holon_wire_refused_total")+n.server.sum(t, "holon_wire_refused_total"))
	})
}

// TestASilentPeerIsGivenUp in both directions, after the time for a ping and its answer; calls are lost.
func TestASilentPeerIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]bool{"takes all and says nothing": true, "takes nothing": false} {
		t.Run("acceptor "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNet(t)
				go func() {
					nc := n.answer()
					if reads {
						_, _ = io.Copy(io.Discard, nc)
					}
				}()
				c := n.dial()
				began := time.Now()
				_, err := ask(t.Context(), c, "a.b", nil)
				var lost *wire.LostError
				require.ErrorAs(t, err, &lost)
				require.Equal(t, 10*time.Second, time.Since(began))
				<-c.Done()
				synctest.Wait()
				require.ErrorContains(t, c.Err(), "nothing heard")
				require.InDelta(t, 1, n.client.refused(t, "silent"), 0)
				require.Equal(t, 1, n.client.log.count("reason=silent"))
			})
		})
		t.Run("dialer "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNet(t)
				ended := make(chan error, 1)
				s := n.serve(func(ctx context.Context, _ *wire.Request, _ *bytes.Buffer) error {
					<-ctx.Done()
					ended <- ctx.Err()
					return nil
				})
				nc, err := n.connect(t.Context(), "", "")
				require.NoError(t, err)
				greet(t, nc)
				_, err = nc.Write(wire.AppendFrame(nil, wire.KindCall, 1, message("a.b", "")))
				require.NoError(t, err)
				began := time.Now()
				if reads {
					go func() { _, _ = io.Copy(io.Discard, nc) }()
				}
				require.Equal(t, context.Canceled, <-ended)
				require.Equal(t, 10*time.Second, time.Since(began))
				synctest.Wait()
				require.Empty(t, s.Connections())
				require.InDelta(t, 1, n.server.refused(t, "silent"), 0)
				nc.Close()
			})
		})
	}
}

// TestAPeerThatTalksAndTakesNothing is given up too: it sends pings and reads no pongs.
func TestAPeerThatTalksAndTakesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := newNet(t)
		s := n.serve(echo)
		nc, err := n.connect(t.Context(), "", "")
		require.NoError(t, err)
		greet(t, nc)
		began := time.Now()
		for err == nil {
			_, err = nc.Write(wire.AppendFrame(nil, wire.KindPing, 1, nil))
			<-time.After(time.Second)
		}
		require.InDelta(t, 13, time.Since(began).Seconds(), 4)
		synctest.Wait()
		require.Empty(t, s.Connections())
		require.InDelta(t, 1, n.server.refused(t, "stalled"), 0)
		nc.Close()
	})
}

// TestACallerLeavesThoughThePeerTakesNothing: what it wanted to write waits without it.
func TestACallerLeavesThoughThePeerTakesNothing(t *testing.T) {
	t.Parallel()
	addr, accepted := rawListen(t)
	c, _ := dial(t, addr)
	accepted()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	done := make(chan error, 64)
	for i := range cap(done) {
		go func() {
			_, err := ask(ctx, c, "a.b", make([]byte, (i%2)*wire.MaxMessage/2+20000))
			done <- err
		}()
	}
	for range cap(done) {
		require.ErrorIs(t, <-done, context.DeadlineExceeded)
	}
	require.Less(t, time.Since(began), 3*time.Second)
	require.Zero(t, c.InFlight())
}
