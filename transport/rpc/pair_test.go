package rpc_test

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/balance"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/wire"
)

// world are the contracts that the nodes of a test know.
var world = []contract.Contract{
	hello, {Module: "slices"}, {Module: "maps"}, {Module: "pointers"}, {Module: "times"}, {Module: "strings"}, {Module: "numbers"},
}

// owner is a process that answers calls over the network.
type owner struct {
	*node
	id      string
	server  *wire.Server
	ln      net.Listener
	metrics *wire.Metrics
	// major is that of hello as it says, 0 for the usual.
	major int
}

// instance is how others know it.
func (o *owner) instance() string {
	return balance.Instance{ID: o.id, Addr: o.ln.Addr().String()}.String()
}

func newOwner(t testing.TB, id string) *owner {
	t.Helper()
	return own(t, id, newNode(t, false))
}

// own has a node answer calls.
func own(t testing.TB, id string, n *node) *owner {
	t.Helper()
	o := &owner{node: n, id: id}
	o.listen(t, "127.0.0.1:0")
	return o
}

// listen has it answer at an address until it is closed.
func (o *owner) listen(t testing.TB, addr string) {
	t.Helper()
	var err error
	o.ln, err = net.Listen("tcp", addr)
	require.NoError(t, err)
	o.metrics, err = wire.NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	in := balance.Instance{ID: o.id}
	o.server, err = wire.NewServer(wire.ServerParams{
		Handler: o.Answer, Limits: wire.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: o.metrics,
		Hello: func() wire.Hello {
			contracts := slices.Clone(world)
			if o.major > 0 {
				contracts[0].Major = o.major
			}
			return wire.Hello{Node: in.Node(), Boot: in.Boot(), Modules: o.Offered(contracts)}
		},
	})
	require.NoError(t, err)
	o.server.Start(o.ln, func(error) {})
	t.Cleanup(func() { require.NoError(t, o.server.Close()) })
}

// discovery is service discovery by hand.
type discovery struct {
	instances []string
	told      []chan<- sd.Event
}

func (d *discovery) Register(ch chan<- sd.Event) {
	d.told = append(d.told, ch)
	ch <- sd.Event{Instances: d.instances}
}
func (d *discovery) Deregister(chan<- sd.Event) {}
func (d *discovery) Stop()                      {}

func (d *discovery) set(instances ...string) {
	for _, ch := range d.told {
		ch <- sd.Event{Instances: instances}
	}
}

// patience is that of the tests' calls.
const patience = 150 * time.Millisecond

// newCaller returns a node that calls hello where the discovery says.
func newCaller(t testing.TB, d *discovery) *node { return newCallerOver(t, d, func(*wire.Conn) {}) }

// newCallerOver has a look at each connection that the caller makes.
func newCallerOver(t testing.TB, d *discovery, look func(*wire.Conn)) *node {
	t.Helper()
	n := &node{metrics: prometheus.NewRegistry(), log: &record{}, place: "remote"}
	log := slog.New(slog.NewJSONHandler(n.log, nil))
	m, err := wire.NewMetrics(n.metrics)
	require.NoError(t, err)
	me := func() wire.Hello { return wire.Hello{Node: "caller", Boot: "b"} }
	remote, err := rpc.NewRemote(rpc.RemoteParams{
		Self: "caller~b", Instancer: func(string) sd.Instancer { return d }, Modules: world, Patience: patience,
		Log: log, Metrics: n.metrics,
		Dial: func(ctx context.Context, in balance.Instance) (*wire.Conn, error) {
			var dialer net.Dialer
			conn, err := wire.Dial(ctx, wire.DialParams{
				Addr: in.Addr, Expect: wire.Expect{Node: in.Node(), Boot: in.Boot()}, Hello: me, Dial: dialer.DialContext,
				Limits: wire.DefaultLimits(), Log: log, Metrics: m,
			})
			if err == nil {
				look(conn)
			}
			return conn, err
		},
	})
	require.NoError(t, err)
	n.Dispatcher, err = rpc.New(rpc.Params{Log: log, Metrics: n.metrics, Remote: remote})
	require.NoError(t, err)
	remote.Start()
	t.Cleanup(remote.Stop)
	return n
}

// newPair returns a node whose modules run elsewhere.
func newPair(t testing.TB) *node {
	t.Helper()
	o := newOwner(t, "owner~b")
	n := newCaller(t, &discovery{instances: []string{o.instance()}})
	n.owner = o
	return n
}
