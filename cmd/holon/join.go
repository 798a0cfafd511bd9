package main

import (
	"context"
	"errors"
	"net"
	"slices"

	"holon/cluster"
	"holon/modules/storage"
)

// startNodePort opens the port for calls of other nodes. They are told to go elsewhere until the modules are there.
func (n *node) startNodePort(ctx context.Context) error {
	ln, err := n.listenFor(ctx, "node", n.in.Settings.Config.Node.Addr)
	if err != nil {
		return err
	}
	w := n.in.Network
	if err := w.cluster.SetAddr(n.advertised(ln.Addr())); err != nil {
		return errors.Join(err, ln.Close())
	}
	n.in.Calls.Serve(nodeContract.Module)
	w.server.Start(ln, n.died("node"))
	return nil
}

// advertised is how other nodes reach an address of this one.
func (n *node) advertised(at net.Addr) string {
	host, port, err := net.SplitHostPort(at.String())
	if err == nil && n.in.Settings.Config.Advertise != "" {
		host = n.in.Settings.Config.Advertise
	}
	return net.JoinHostPort(host, port)
}

func (n *node) closeNodePort(context.Context) error { return n.in.Network.close() }

// join begins to gossip. Who else is there is found out in the background, and for as long as the node runs.
func (n *node) join(ctx context.Context) error {
	w, s := n.in.Network, n.in.Settings
	try := func(addr string) (bool, error) {
		if err := w.cluster.SetBind(addr); err != nil {
			return false, err
		}
		err := w.cluster.Start(ctx)
		taken, ok := errors.AsType[*cluster.BindError](err)
		return ok && taken.Taken, err
	}
	if err := stepping(s, n.in.Log, "gossip.addr", s.Config.Gossip.Addr, try); err != nil {
		return err
	}
	if at, err := net.ResolveTCPAddr("tcp", w.cluster.Addr()); err == nil {
		n.addrs.set("gossip", at)
	}
	w.remote.Start()
	n.watching.Go(n.watchFaults)
	n.watching.Go(n.watchView)
	return nil
}

// stopCalls ends the calls to other nodes, which nobody here makes any more.
func (n *node) stopCalls(context.Context) error {
	n.in.Network.remote.Stop()
	return nil
}

// leave ends this node's part in the cluster: with the data closed, another may have it. Where nobody takes notice, because
// all go at once or none can be heard, they find out by themselves.
func (n *node) leave(ctx context.Context) error {
	if err := n.in.Network.cluster.Leave(ctx); err != nil {
		n.in.Log.Info("left without a good-bye", "err", err)
	}
	n.watching.Wait()
	return nil
}

// settle makes this node the home of its modules.
func (n *node) settle(ctx context.Context) error {
	var refused refusedStores
	return refused.advise(n.in.Host.SettleStores(ctx, func(ctx context.Context, d *storage.DB) error {
		was := d.Tenure()
		_, err := n.in.Network.cluster.Settle(ctx, cluster.Claim{
			Module: d.Module(), StoreID: d.StoreID(), Settled: was.Since, Marks: was.Marks, NewStore: d.Placed(),
			Keep: func(ctx context.Context, h cluster.Home) error { return d.Settle(ctx, h.Settled, h.Mark) },
		})
		return refused.note(d.Module(), err)
	}))
}

// unsettle marks the stores as closed in order, so that no copy that was made while this node ran is taken for them.
func (n *node) unsettle(ctx context.Context) error {
	stores := n.in.Host.Stores()
	err := n.in.Network.cluster.Close(ctx, func(ctx context.Context, h cluster.Home) error {
		at := slices.IndexFunc(stores, func(d *storage.DB) bool { return d.Module() == h.Module })
		if at < 0 {
			return nil
		}
		return stores[at].Settle(ctx, h.Settled, h.Mark)
	})
	if err != nil {
		n.in.Log.Info("a copy of this node's data cannot be told from it", "err", err)
	}
	return nil
}

// watchFaults stops the node when the cluster says that it must not go on, until the cluster is left.
func (n *node) watchFaults() {
	left, stop := n.in.Network.cluster.Watch()
	defer stop()
	for {
		select {
		case err := <-n.in.Network.cluster.Fault():
			n.broken(clusterFault(err))
		case _, open := <-left:
			if !open {
				return
			}
		}
	}
}

// tellChanges logs who has come and gone.
func (n *node) tellChanges(before, v *cluster.View) {
	if before == nil {
		before = &cluster.View{}
	}
	for _, at := range v.Nodes {
		was, here := before.Node(at.Name)
		if at.Name != v.Self.Name && (!here || was.Boot != at.Boot) {
			n.in.Log.Info("node is here", "node", at.Name, "addr", at.Addr, "others", v.Peers())
		}
	}
	for _, was := range before.Nodes {
		if _, here := v.Node(was.Name); here || was.Name == v.Self.Name {
			continue
		}
		how := "lost"
		if was.State == cluster.Draining {
			how = "left"
		}
		n.in.Log.Info("node is gone", "node", was.Name, "how", how, "others", v.Peers())
	}
}

// watchView has what waits for a module handed over when the module has come.
func (n *node) watchView() {
	changes, stop := n.in.Network.cluster.Watch()
	defer stop()
	before := make(map[string]bool)
	var last *cluster.View
	for v := range changes {
		n.tellChanges(last, v)
		last = v
		now := make(map[string]bool)
		for _, m := range n.in.Settings.placement().All {
			for _, in := range v.Instances(m.Name) {
				id := m.Name + " " + in.Node + "~" + in.Boot
				if now[id] = true; !before[id] {
					n.in.Host.Events().Wake(m.Name)
				}
			}
		}
		before = now
	}
}
