package cluster_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

// onSockets makes a node use the real network.
func onSockets(edit func(*cluster.Params)) func(*cluster.Params) {
	return func(p *cluster.Params) {
		p.Transport, p.Bind = nil, "127.0.0.1:0"
		if edit != nil {
			edit(p)
		}
	}
}

// startReal starts a node on the loopback.
func startReal(t *testing.T, edit func(*cluster.Params)) *clustertest.Node {
	t.Helper()
	n, err := clustertest.NewFleet(t).New(onSockets(edit))
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context()))
	t.Cleanup(n.Crash)
	return n
}

func TestOnRealSockets(t *testing.T) {
	t.Parallel()
	a := startReal(t, func(p *cluster.Params) { p.Node = "a" })
	b := startReal(t, func(p *cluster.Params) { p.Node, p.Seeds = "b", []string{a.Cluster.Addr()} })
	clustertest.Await(t, 10*time.Second, "both", func() bool { return sees(2)(a.View()) && sees(2)(b.View()) })
	require.NoError(t, b.Leave(t.Context()))
	clustertest.Await(t, 10*time.Second, "one", func() bool { return sees(1)(a.View()) })
	require.NoError(t, b.Leave(t.Context()), "twice")
	require.NoError(t, a.Leave(t.Context()))
}

// TestAdvertisedName holds that the address for others may be a name, and keeps the port that was bound.
func TestAdvertisedName(t *testing.T) {
	t.Parallel()
	n, err := clustertest.NewFleet(t).New(onSockets(func(p *cluster.Params) { p.Bind, p.Advertise = "0.0.0.0:0", "this-host.example" }))
	require.NoError(t, err)
	n.Lookup(func(_ context.Context, host string) ([]string, error) {
		require.Equal(t, "this-host.example", host)
		return []string{"127.0.0.1"}, nil
	})
	require.NoError(t, n.Start(t.Context()))
	defer n.Stop()
	require.Regexp(t, `^127\.0\.0\.1:[1-9]`, n.Cluster.Addr())
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	a := startReal(t, nil)
	other, err := clustertest.NewFleet(t).New(onSockets(func(p *cluster.Params) { p.Bind = a.Cluster.Addr() }))
	require.NoError(t, err)
	err = other.Start(t.Context())
	var bind *cluster.BindError
	require.ErrorAs(t, err, &bind)
	require.True(t, bind.Taken)
	require.ErrorContains(t, err, a.Cluster.Addr())
	require.Error(t, other.SetBind("nowhere"))
	require.NoError(t, other.SetBind("127.0.0.1:0"))
	require.NoError(t, other.Start(t.Context()), "another port")
	other.Stop()
}

// TestStopDoesNotWaitForSilence holds that a seed that takes connections and says nothing holds up no exit.
func TestStopDoesNotWaitForSilence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	n := startReal(t, func(p *cluster.Params) { p.Seeds = []string{l.Addr().String()} })
	conn, err := l.Accept()
	require.NoError(t, err)
	defer conn.Close()
	start := time.Now()
	n.Stop()
	require.Less(t, time.Since(start), 2*time.Second)
}

// logBuffer counts log lines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Count(l.b.Bytes(), []byte("\n"))
}

// TestGarbage holds that whoever writes nonsense to the gossip port is counted, logged seldom and harms nobody.
func TestGarbage(t *testing.T) {
	t.Parallel()
	var logged logBuffer
	a := startReal(t, func(p *cluster.Params) { p.Node, p.Log = "a", slog.New(slog.NewTextHandler(&logged, nil)) })
	b := startReal(t, func(p *cluster.Params) { p.Node, p.Seeds = "b", []string{a.Cluster.Addr()} })
	clustertest.Await(t, 10*time.Second, "both", func() bool { return sees(2)(a.View()) && sees(2)(b.View()) })

	udp, err := net.Dial("udp", a.Cluster.Addr())
	require.NoError(t, err)
	defer udp.Close()
	noise := rand.NewChaCha8([32]byte{1})
	for i := range 2000 {
		packet := make([]byte, 1+i%300)
		_, _ = noise.Read(packet)
		if i%2 == 0 {
			packet[0] = byte(i / 2 % 16) // a type that exists
		}
		_, _ = udp.Write(packet)
	}
	for i := range 100 {
		tcp, err := net.Dial("tcp", a.Cluster.Addr())
		require.NoError(t, err)
		packet := make([]byte, 1+i*7)
		_, _ = noise.Read(packet)
		packet[0] = byte(i % 16)
		if i%4 == 0 {
			packet = []byte("GET / HTTP/1.1\r\n\r\n")
		}
		_, _ = tcp.Write(packet)
		require.NoError(t, tcp.Close())
	}
	clustertest.Await(t, 20*time.Second, "counted", func() bool { return a.Metrics().Refused("garbage") > 500 })
	t.Logf("%.0f refused, %d lines logged, %d kinds", a.Metrics().Refused("garbage"), logged.lines(), a.KindsKept())
	require.Less(t, logged.lines(), 100)
	require.LessOrEqual(t, a.KindsKept(), 65)
	require.Len(t, a.View().Nodes, 2)
	b.SetState(cluster.Ready)
	clustertest.Await(t, 10*time.Second, "still listening", func() bool { n, ok := a.View().Node("b"); return ok && n.State == cluster.Ready })
}

// TestHungLog holds that a log that blocks stops nobody who writes to it: they hold memberlist's locks.
func TestHungLog(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	l := cluster.NewLines(slog.New(slog.NewTextHandler(writer(func(b []byte) (int, error) { <-stuck; return 0, errors.New("closed") }), nil)))
	l.Start()
	for i := range 1000 {
		_, err := l.Write([]byte("[ERR] memberlist: line number " + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + "\n"))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, l.Kinds(), 65)
	close(stuck)
	l.Stop()
	l.Warn("late", "dropped")
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// TestLinesAreSeldom holds the pace of lines of one kind: one at once, then ever more seldom while they keep coming.
func TestLinesAreSeldom(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, _ *clustertest.Fleet) {
		var logged logBuffer
		l := cluster.NewLines(slog.New(slog.NewTextHandler(&logged, nil)))
		l.Start()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			l.Warn("kind", "same again")
			<-tick.C
		}
		l.Stop()
		require.Equal(t, 6, logged.lines()) // at 0, 1, 3, 7, 15 and 31 s
	})
}
