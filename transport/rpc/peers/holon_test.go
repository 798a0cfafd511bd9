package peers

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"

	"github.com/go-kit/kit/sd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/balance"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/wire"
)

var (
	get = contract.Method[getRequest, user]{Name: "user.get", Idempotent: true, Callers: []contract.Caller{contract.Gateway}}

	users = contract.Contract{Module: "user", Major: 1, Methods: []contract.Described{get}}

	quiet = slog.New(slog.DiscardHandler)
)

func serveHolon(ln net.Listener) error {
	registry := prometheus.NewRegistry()
	d, err := rpc.New(rpc.Params{Log: quiet, Metrics: registry})
	if err != nil {
		return err
	}
	if err := d.Register(users, rpc.Handle(get, func(_ context.Context, r getRequest) (user, error) {
		u := ada
		u.ID = r.ID
		return u, nil
	})); err != nil {
		return err
	}
	d.Serve("user")
	m, err := wire.NewMetrics(registry)
	if err != nil {
		return err
	}
	s, err := wire.NewServer(wire.ServerParams{
		Handler: d.Answer, Limits: wire.DefaultLimits(), Log: quiet, Metrics: m,
		Hello: func() wire.Hello {
			return wire.Hello{Node: "server", Boot: "boot", Modules: d.Offered([]contract.Contract{users})}
		},
	})
	if err != nil {
		return err
	}
	died := make(chan error, 1)
	s.Start(ln, func(err error) { died <- err })
	return errors.Join(<-died, s.Close())
}

func dialHolon(b testing.TB, addr string) (func(context.Context, string) error, func()) {
	registry := prometheus.NewRegistry()
	m, err := wire.NewMetrics(registry)
	require.NoError(b, err)
	var d net.Dialer
	remote, err := rpc.NewRemote(rpc.RemoteParams{
		Self: "client~boot", Modules: []contract.Contract{users}, Log: quiet, Metrics: registry,
		Instancer: func(string) sd.Instancer {
			return sd.FixedInstancer{balance.Instance{ID: "server~boot", Addr: addr}.String()}
		},
		Dial: func(ctx context.Context, in balance.Instance) (*wire.Conn, error) {
			return wire.Dial(ctx, wire.DialParams{
				Addr: in.Addr, Expect: wire.Expect{Node: in.Node(), Boot: in.Boot()}, Dial: d.DialContext,
				Hello:  func() wire.Hello { return wire.Hello{Node: "client", Boot: "boot"} },
				Limits: wire.DefaultLimits(), Log: quiet, Metrics: m,
			})
		},
	})
	require.NoError(b, err)
	dispatcher, err := rpc.New(rpc.Params{Log: quiet, Metrics: registry, Remote: remote})
	require.NoError(b, err)
	remote.Start()
	ask := rpc.Bind(dispatcher.For(contract.Gateway), get)
	return func(ctx context.Context, id string) error {
		u, err := ask(ctx, getRequest{ID: id})
		if err != nil {
			return err
		}
		return check(u.ID, u.Name, u.Email, u.CreatedAt, u.UpdatedAt, u.OrderTotals)
	}, remote.Stop
}
