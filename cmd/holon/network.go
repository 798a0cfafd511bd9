package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"holon/cluster"
	"holon/modules"
	"holon/transport/adapter"
	"holon/transport/balance"
	"holon/transport/rpc"
	"holon/transport/status"
	"holon/transport/wire"
)

// network is a node's part in the cluster: who is there, the calls it makes to others and those it answers.
type network struct {
	cluster *cluster.Cluster
	remote  *rpc.Remote

	node    modules.Node
	log     *slog.Logger
	metrics *wire.Metrics
	// server and dispatcher are there once attach was called.
	server     *wire.Server
	dispatcher *rpc.Dispatcher
	// port is there where a module is a handler.
	port *adapter.Port
	// gatewayConns is how many connections it takes.
	gatewayConns int
}

// networked gives the graph a way to other nodes.
func networked() fx.Option {
	return fx.Provide(newNetwork,
		func(w *network) *rpc.Remote { return w.remote }, func(w *network) *cluster.Cluster { return w.cluster })
}

// newNetwork makes it without opening anything.
func newNetwork(s *settings, n modules.Node, log *slog.Logger, r prometheus.Registerer) (*network, error) {
	w := &network{node: n, log: log}
	var err error
	if w.metrics, err = wire.NewMetrics(r); err != nil {
		return nil, fmt.Errorf("register metrics of connections: %w", err)
	}
	metrics, err := cluster.NewMetrics(r)
	if err != nil {
		return nil, fmt.Errorf("register metrics of the cluster: %w", err)
	}
	p := cluster.Params{
		Node: n.Name, Boot: n.Boot, Version: n.Version, Advertise: s.Config.Advertise,
		Seeds: s.Config.Join, Known: append(modules.Names(all()), nodeContract.Module), Folder: n.Dir, Others: otherFolders(n), ID: clusterID{n.DataDir}, Probe: w.probe, Log: log, Metrics: metrics,
	}
	for _, m := range s.placement().All {
		if s.runs(m.Name) {
			p.Modules = append(p.Modules, placedModule(m))
		}
	}
	p.Modules = append(p.Modules, cluster.Module{Name: nodeContract.Module, Major: nodeContract.Major})
	if w.cluster, err = cluster.New(p); err != nil {
		return nil, fmt.Errorf("take part in the cluster: %w", err)
	}
	w.remote, err = rpc.NewRemote(rpc.RemoteParams{
		Self: n.Name + "~" + n.Boot, Instancer: w.cluster.Instancer, Modules: contracts(), Dial: w.dial, Log: log, Metrics: r,
	})
	return w, err
}

// placedModule is what others are told of a module of this node.
func placedModule(m modules.Module) cluster.Module {
	out := cluster.Module{Name: m.Name, Major: m.Contract.Major}
	if m.HTTP != nil {
		out.Version = m.HTTP.Version
	}
	return out
}

// attach has the dispatcher answer what other nodes ask, and the adapter what their gateways do.
func (w *network) attach(d *rpc.Dispatcher, a *adapter.Adapter) (err error) {
	w.dispatcher = d
	p := wire.ServerParams{
		Handler: d.Answer, Hello: w.hello, Check: w.check, Limits: wire.DefaultLimits(), Log: w.log, Metrics: w.metrics,
	}
	if !a.Empty() {
		if w.gatewayConns, err = roomForGateways(); err != nil {
			return err
		}
		w.port = adapter.NewPort(a, w.node.Name+"~"+w.node.Boot, w.gatewayConns, w.log)
		p.Other = w.port.Take
	}
	w.server, err = wire.NewServer(p)
	return err
}

// drain takes no more of other nodes and finishes what is in flight.
func (w *network) drain(ctx context.Context) error {
	var port error
	var both sync.WaitGroup
	if w.port != nil {
		both.Go(func() { port = w.port.Drain(ctx) })
	}
	err := w.server.Drain(ctx)
	both.Wait()
	return errors.Join(err, port)
}

// close ends all connections of other nodes.
func (w *network) close() error {
	err := w.server.Close()
	if w.port != nil {
		err = errors.Join(err, w.port.Close())
	}
	return err
}

// hello is what this node says of itself when a connection opens.
func (w *network) hello() wire.Hello {
	return wire.Hello{
		Cluster: w.cluster.View().Cluster, Node: w.node.Name, Boot: w.node.Boot, Modules: w.dispatcher.Offered(contracts()),
	}
}

// check refuses nodes of another cluster. One that has not joined any yet may ask.
func (w *network) check(h wire.Hello) error {
	own := w.cluster.View().Cluster
	if own != "" && h.Cluster != "" && h.Cluster != own {
		return status.New(status.PermissionDenied, "other_cluster", "node %s is of cluster %.8s, this one of %.8s", h.Node, h.Cluster, own)
	}
	return nil
}

// dial connects to an instance.
func (w *network) dial(ctx context.Context, in balance.Instance) (*wire.Conn, error) {
	return wire.Dial(ctx, w.dialing(in.Addr, wire.Expect{Node: in.Node(), Boot: in.Boot()}))
}

func (w *network) dialing(addr string, e wire.Expect) wire.DialParams {
	var d net.Dialer
	return wire.DialParams{
		Addr: addr, Expect: e, Hello: w.hello, Check: w.check, Dial: d.DialContext, Limits: wire.DefaultLimits(), Log: w.log, Metrics: w.metrics,
	}
}

// probe reports whether that very process answers at an address. Somebody else may have the address by now.
func (w *network) probe(ctx context.Context, addr, node, boot string) bool {
	conn, err := wire.Dial(ctx, w.dialing(addr, wire.Expect{Node: node, Boot: boot}))
	if err != nil {
		return false
	}
	_ = conn.Close() // it has said what was to be known
	return true
}
