package rpc_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
)

type benchUser struct {
	ID, Name, Email string
	CreatedAt       time.Time
	Orders          int64
}

type benchGet struct{ ID string }

// benchService stands for the owner behind an interface, which is what a direct call would go through.
type benchService interface {
	get(context.Context, benchGet) (benchUser, error)
}

type benchCore struct{ u benchUser }

//go:noinline
func (c *benchCore) get(_ context.Context, r benchGet) (benchUser, error) {
	u := c.u
	u.ID = r.ID
	return u, nil
}

var (
	benchSink  benchUser
	benchTimed time.Duration
)

// benchContext is as deep as the edge makes it: a deadline and a principal.
func benchContext(b *testing.B) context.Context {
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	b.Cleanup(cancel)
	return contract.WithPrincipal(ctx, contract.Principal{Subject: "u1"})
}

// BenchmarkCall prints a direct call, a direct call with the two clock reads that a timed call cannot do without, and
// a call through the dispatcher with all guards.
func BenchmarkCall(b *testing.B) {
	var core benchService = &benchCore{u: benchUser{Name: "Ada", Email: "ada@example.com"}}
	method := contract.Method[benchGet, benchUser]{Name: "user.get", Idempotent: true, Callers: []contract.Caller{"gateway"}}
	dispatcher := func(b *testing.B, strict bool) func(context.Context, benchGet) (benchUser, error) {
		d, err := rpc.New(rpc.Params{
			Strict: strict, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		})
		require.NoError(b, err)
		require.NoError(b, d.Register(contract.Contract{Module: "user", Major: 1, Methods: []contract.Described{method}},
			rpc.Handle(method, core.get)))
		d.Serve("user")
		return rpc.Bind(d.For("gateway"), method)
	}
	b.Run("direct", func(b *testing.B) {
		ctx := benchContext(b)
		b.ReportAllocs()
		for b.Loop() {
			benchSink, _ = core.get(ctx, benchGet{ID: "u1"})
		}
	})
	// The cheapest two clock reads there are: of the monotonic clock alone, as the dispatcher reads it.
	b.Run("direct+clock", func(b *testing.B) {
		ctx, epoch := benchContext(b), time.Now()
		b.ReportAllocs()
		for b.Loop() {
			started := time.Since(epoch)
			benchSink, _ = core.get(ctx, benchGet{ID: "u1"})
			benchTimed = time.Since(epoch) - started
		}
	})
	b.Run("dispatched", func(b *testing.B) {
		ctx, get := benchContext(b), dispatcher(b, false)
		b.ReportAllocs()
		for b.Loop() {
			benchSink, _ = get(ctx, benchGet{ID: "u1"})
		}
	})
	b.Run("strict", func(b *testing.B) {
		ctx, get := benchContext(b), dispatcher(b, true)
		b.ReportAllocs()
		for b.Loop() {
			benchSink, _ = get(ctx, benchGet{ID: "u1"})
		}
	})
}
