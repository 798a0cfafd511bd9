package modulestest

import (
	"context"
	stdnet "net"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/balance"
	"holon/transport/rpc"
	"holon/transport/wire"
)

// net is a part's way to the others: real sockets, and addresses that are known beforehand instead of gossip.
type net struct {
	id string
	ln stdnet.Listener
	// where tells the instances of a module.
	where   func(module string) []string
	remote  *rpc.Remote
	server  *wire.Server
	metrics *wire.Metrics
	hello   func() wire.Hello
}

// patience is how long a call waits for a module: short, because tests ask for some that nobody serves, and long enough for a connection
// on a machine that is busy.
const patience = 500 * time.Millisecond

// apart makes a part for each module, and one without any, from which tests call.
func (n *Node) apart(c *config) {
	n.t.Helper()
	where := make(map[string]string)
	var nets []*net
	for i := range len(n.placed) + 1 {
		var lc stdnet.ListenConfig
		ln, err := lc.Listen(n.t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(n.t, err)
		w := &net{id: "outside~boot", ln: ln, where: func(module string) []string {
			if at := where[module]; at != "" {
				return []string{at}
			}
			return nil
		}}
		if i < len(n.placed) {
			w.id = n.placed[i].Name + "~boot"
			where[n.placed[i].Name] = balance.Instance{ID: w.id, Addr: ln.Addr().String()}.String()
		}
		nets = append(nets, w)
	}
	for i, w := range nets {
		var placed []string
		if i < len(n.placed) {
			placed = []string{n.placed[i].Name}
		}
		n.units = append(n.units, newUnit(n.t, c, n.placed, placed, false, w))
	}
	n.caller = n.units[len(n.placed)].dispatcher
}

// option gives the graph its way to other parts. A part by itself has none.
func (w *net) option(t *testing.T, c *config, all []modules.Module, r prometheus.Registerer) fx.Option {
	t.Helper()
	if w == nil {
		return fx.Options()
	}
	var err error
	w.metrics, err = wire.NewMetrics(r)
	require.NoError(t, err)
	w.remote, err = rpc.NewRemote(rpc.RemoteParams{
		Self: w.id, Modules: modules.Contracts(all), Log: c.log, Metrics: r, Patience: patience,
		Instancer: func(module string) sd.Instancer { return sd.FixedInstancer(w.where(module)) },
		Dial: func(ctx context.Context, in balance.Instance) (*wire.Conn, error) {
			var d stdnet.Dialer
			return wire.Dial(ctx, wire.DialParams{
				Addr: in.Addr, Expect: wire.Expect{Node: in.Node(), Boot: in.Boot()}, Hello: w.hello, Dial: d.DialContext,
				Limits: wire.DefaultLimits(), Log: c.log, Metrics: w.metrics,
			})
		},
	})
	require.NoError(t, err)
	return fx.Supply(w.remote)
}

// attach has the part answer the others.
func (w *net) attach(t *testing.T, c *config, u *unit, all []modules.Module) {
	t.Helper()
	if w == nil {
		return
	}
	self := balance.Instance{ID: w.id}
	w.hello = func() wire.Hello {
		return wire.Hello{Node: self.Node(), Boot: self.Boot(), Modules: u.dispatcher.Offered(modules.Contracts(all))}
	}
	var err error
	w.server, err = wire.NewServer(wire.ServerParams{
		Handler: u.dispatcher.Answer, Hello: w.hello, Limits: wire.DefaultLimits(), Log: c.log, Metrics: w.metrics,
	})
	require.NoError(t, err)
}

func (w *net) listen() error {
	if w == nil {
		return nil
	}
	w.server.Start(w.ln, func(error) {})
	w.remote.Start()
	return nil
}

func (w *net) hangUp() error {
	if w == nil {
		return nil
	}
	w.remote.Stop()
	return w.server.Close()
}
