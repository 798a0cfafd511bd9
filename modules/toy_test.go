package modules_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/contract"
	"holon/transport/rpc"
)

// ping asks a toy module whether it is there; pong says who answered and whom the request was made for.
type (
	ping struct {
		Text string `json:"text"`
	}
	pong struct {
		From string `json:"from"`
	}
)

// pinger is the client of a toy module.
type pinger struct {
	ping func(context.Context, ping) (pong, error)
}

func method(module string, callers ...contract.Caller) contract.Method[ping, pong] {
	return contract.Method[ping, pong]{Name: module + ".ping", Callers: callers}
}

// toy is a module with one method, for these callers, and whatever else it offers.
func toy(name string, callers []contract.Caller, offers ...fx.Option) modules.Module {
	m := method(name, callers...)
	answer := func(context.Context, ping) (pong, error) { return pong{From: name}, nil }
	return modules.Module{
		Name:     name,
		Contract: contract.Contract{Module: name, Major: 1, Methods: []contract.Described{m}},
		Client:   func(l rpc.Link) *pinger { return &pinger{rpc.Bind(l, m)} },
		Offer: fx.Options(append(offers,
			modules.Methods(func() []rpc.Handler { return []rpc.Handler{rpc.Handle(m, answer)} }))...),
	}
}

// build makes the graph of a placement in a folder, starts nothing, and fills in what targets point to.
func build(t *testing.T, p modules.Placement, dir string, targets ...any) error {
	t.Helper()
	graph, err := p.Options()
	if err != nil {
		return err
	}
	return fx.New(fx.NopLogger, graph, fx.Populate(targets...),
		fx.Supply(slog.New(slog.DiscardHandler), modules.Node{Name: "n1", Version: "test", Boot: "boot", DataDir: dir, Dir: dir},
			fx.Annotate(prometheus.NewRegistry(), fx.As(new(prometheus.Registerer))))).Err()
}

// hosting builds a placement of all the modules that it is made of.
func hosting(t *testing.T, dir string, all []modules.Module, targets ...any) *modules.Host {
	t.Helper()
	var h *modules.Host
	p := modules.Placement{All: all, Placed: modules.Names(all)}
	require.NoError(t, build(t, p, dir, append(targets, &h)...))
	return h
}
