package api_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/api"
	"holon/modules/registry/internal/catalog"
	"holon/transport/web"
)

// BenchmarkWatchers prints how soon 2,000 watchers on connections of their own see a change, with 1,000 services of 3 instances
// behind them, and what memory one costs: all of the process, its client's end included.
func BenchmarkWatchers(b *testing.B) {
	const watchers = 2000
	s := newSource(3000)
	at := serve(b, s)
	before := memory()
	var joined sync.WaitGroup
	seen := make(chan time.Time, watchers)
	for range watchers {
		joined.Add(1)
		watchOver(b, at, joined.Done, func(event []byte) {
			if strings.HasPrefix(string(event), "event: change") {
				seen <- time.Now()
			}
		})
	}
	joined.Wait()
	each := (memory() - before) / watchers

	var late []float64
	version := 1
	for b.Loop() {
		version++
		began := time.Now()
		s.set(version%3000, version)
		for range watchers {
			late = append(late, float64((<-seen).Sub(began).Microseconds())/1000)
		}
	}
	slices.Sort(late)
	b.ReportMetric(late[len(late)/2], "p50-ms")
	b.ReportMetric(late[len(late)*99/100], "p99-ms")
	b.ReportMetric(late[len(late)-1], "max-ms")
	b.ReportMetric(float64(each), "B/watcher")
}

// memory is what is in use.
func memory() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse)
}

// serve has a gateway's server with the surface over a registry, until the test ends.
func serve(t testing.TB, s registry.Service) (addr string) {
	edge, err := web.New(web.Params{
		Title: "test", Version: "test", Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Limits: web.DefaultLimits(), Surfaces: []web.Surface{api.NewSurface(s)},
	})
	require.NoError(t, err)
	l := web.DefaultLimits()
	l.IdleGrace = time.Millisecond
	server := web.NewServer(edge, l, slog.New(slog.DiscardHandler))
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server.Start(ln, func(error) {})
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.WithoutCancel(t.Context()))) })
	return ln.Addr().String()
}

// watchOver watches on a connection of its own until the test ends; it calls begun after the first event, and saw with each line
// that begins one.
func watchOver(t testing.TB, at string, begun func(), saw func([]byte)) {
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
	require.NoError(t, err)
	ended := make(chan struct{})
	t.Cleanup(func() { _ = c.Close(); <-ended })
	_, err = fmt.Fprintf(c, "GET /registry/watch HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	go func() {
		defer close(ended)
		in, first := bufio.NewReaderSize(c, 512), true
		for {
			line, err := in.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			} else if err != nil {
				return
			}
			saw(line)
			if first && strings.HasPrefix(string(line), "event: snapshot") {
				first = false
				begun()
			}
		}
	}()
}

// source is a registry in the same process.
type source struct {
	registry.Service
	catalog *catalog.Catalog
}

func newSource(instances int) *source {
	s := &source{catalog: catalog.New()}
	for i := range instances {
		s.set(i, 1)
	}
	return s
}

func (s *source) set(id, version int) {
	s.catalog.Set(fmt.Sprintf("service-%04d", id/3), fmt.Sprint(id), &registry.Instance{
		ID: fmt.Sprint(id), Kind: registry.KindLease, Version: fmt.Sprint(version, ".0.0"), Address: "10.0.0.1:9000", State: "ready",
		Dependencies: []string{"stock"}, Metadata: map[string]string{"zone": "eu-1"}, TTL: 30, Since: time.Unix(1e9, 0).UTC(),
		Health: registry.Health{Status: registry.Unknown, Reason: "has no check", Since: time.Unix(1e9, 0).UTC()},
	})
}

func (s *source) Nodes(context.Context, registry.NodesRequest) (registry.NodesReply, error) {
	return registry.NodesReply{}, nil
}

func (s *source) List(_ context.Context, r registry.ListRequest) (registry.ListReply, error) {
	return s.catalog.List(r), nil
}

// Changes waits for others to join the first as the module does.
func (s *source) Changes(ctx context.Context, r registry.ChangesRequest) (registry.ChangesReply, error) {
	for {
		now, turned := s.catalog.Since(r.Seq, 250)
		if now.Snapshot || len(now.List) > 0 {
			return registry.ChangesReply{Node: "n", Boot: "b", Seq: now.Seq, Snapshot: now.Snapshot, Changes: now.List, More: now.More}, nil
		}
		select {
		case <-turned:
			<-time.After(50 * time.Millisecond)
		case <-ctx.Done():
			return registry.ChangesReply{}, ctx.Err()
		}
	}
}

func (s *source) ChangesAt(ctx context.Context, _ string, r registry.ChangesRequest) (registry.ChangesReply, error) {
	return s.Changes(ctx, r)
}
