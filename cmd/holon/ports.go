package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"holon/cluster"
	"holon/transport/web"
)

// addresses are where a node listens, by what for. /status may ask while the later ones are still being opened.
type addresses struct {
	mu   sync.Mutex
	byID map[string]string
}

func (a *addresses) set(what string, at net.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil {
		a.byID = make(map[string]string)
	}
	a.byID[what] = at.String()
}

func (a *addresses) all() map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.byID)
}

// The connections of these two ports are among ownDescriptors.

// adminLimits are those of a port that only this machine reaches.
func adminLimits() web.Limits {
	l := web.DefaultLimits()
	l.MaxConns, l.IdleGrace = 40, 0
	return l
}

// healthLimits are those of a port for probes: they come, ask and go, and none may keep the others out.
func healthLimits() web.Limits {
	l := web.DefaultLimits()
	l.MaxConns, l.MaxConnsPerAddress, l.IdleTimeout, l.IdleGrace = 64, 10, 5*time.Second, 0
	return l
}

// died stops a node whose port has stopped serving by itself: half a node only looks alive.
func (n *node) died(what string) func(error) {
	return func(err error) { n.broken(fmt.Errorf("the %s port died: %w", what, err)) }
}

// broken has the node stop by itself.
func (n *node) broken(err error) {
	select {
	case n.fault <- err:
	default: // another was first
	}
}

// open listens and starts serving at once.
func (n *node) open(ctx context.Context, what, addr string, h http.Handler, l web.Limits) (*web.Server, net.Listener, error) {
	ln, err := n.listenFor(ctx, what, addr)
	if err != nil {
		return nil, nil, err
	}
	s := web.NewServer(h, l, n.in.Log)
	s.Start(ln, n.died(what))
	return s, ln, nil
}

func (n *node) startAdmin(ctx context.Context) (err error) {
	n.admin, n.adminListener, err = n.open(ctx, "admin", n.in.Settings.Config.Admin.Addr, n.adminHandler(), adminLimits())
	if err != nil {
		return err
	}
	if err := n.in.Folder.announce(n.adminListener.Addr().String()); err != nil {
		return errors.Join(err, n.admin.Shutdown(ctx))
	}
	return nil
}

func (n *node) stopAdmin(ctx context.Context) error { return closeServer(ctx, n.admin) }

func (n *node) startHealth(ctx context.Context) (err error) {
	addr := n.in.Settings.Config.Health.Addr
	if addr == "" && n.in.Sockets["health"] == nil {
		return nil
	}
	n.health, n.healthListener, err = n.open(ctx, "health", addr, n.healthHandler(), healthLimits())
	return err
}

func (n *node) stopHealth(ctx context.Context) error { return closeServer(ctx, n.health) }

// closeServer does not wait for a profile that somebody is still taking.
func closeServer(ctx context.Context, s *web.Server) error {
	if s == nil {
		return nil
	}
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// listenPublic claims the port before the modules start, so that a taken one is told at once, and lets connections
// wait until there is somebody to answer them.
func (n *node) listenPublic(ctx context.Context) (err error) {
	if n.public != nil {
		n.publicListener, err = n.listenFor(ctx, "http", n.in.Settings.Config.HTTP.Addr)
	}
	return errors.Join(err, n.in.Sockets.left())
}

// closePublic matters only when the start failed before serving: a server closes its listener itself.
func (n *node) closePublic(context.Context) error {
	if n.publicListener == nil {
		return nil
	}
	if err := n.publicListener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (n *node) servePublic(context.Context) error {
	if n.public == nil {
		return nil
	}
	n.public.Start(n.publicListener, n.died("http"))
	return nil
}

// clientsTimeout is how long clients have to finish, so that some time is left for the nodes.
const clientsTimeout = 15 * time.Second

// drain stops accepting, from clients and from other nodes, and finishes what is in flight. Clients come first: what they
// have begun may need other nodes that in turn ask this one.
func (n *node) drain(ctx context.Context) error {
	var err error
	if n.public != nil {
		clients, cancel := context.WithTimeout(ctx, clientsTimeout)
		err = n.public.Shutdown(clients)
		cancel()
	}
	return errors.Join(err, n.in.Network.drain(ctx))
}

// inFlight is what drain waits for.
func (n *node) inFlight() []any {
	attrs := []any{"calls", n.callsIn()}
	if n.public != nil {
		attrs = append(attrs, "requests", n.public.InFlight(), "connections", n.public.Connections())
	}
	return attrs
}

// announceReady tells everybody, at last.
func (n *node) announceReady(context.Context) error {
	n.in.Handlers.StartChecks(n.tellHealth)
	n.healthMu.Lock()
	defer n.healthMu.Unlock()
	faults := n.in.Handlers.Faults()
	for _, name := range append(slices.Clone(n.in.Settings.placed), nodeContract.Module) {
		if err := n.in.Network.cluster.SetModule(name, stateFor(faults[name])); err != nil {
			return err
		}
	}
	n.in.Network.cluster.SetState(cluster.Ready)
	n.ready.Store(true)
	n.took = time.Since(n.started)
	return nil
}

// tellHealth tells everybody of a module whose health has turned. Before the node is ready it tells of all at once.
func (n *node) tellHealth(module string, fault error) {
	n.healthMu.Lock()
	defer n.healthMu.Unlock()
	if n.ready.Load() {
		if err := n.in.Network.cluster.SetModule(module, stateFor(fault)); err != nil {
			n.in.Log.Error("a module's health cannot be told", "module", module, "err", err)
		}
	}
}

// stateFor is the state of a module that serves.
func stateFor(fault error) cluster.State {
	if fault != nil {
		return cluster.Failing
	}
	return cluster.Ready
}

// callsIn are the calls and requests of other nodes in flight.
func (n *node) callsIn() int {
	calls := n.in.Network.server.InFlight()
	if n.in.Network.port != nil {
		calls += n.in.Network.port.InFlight()
	}
	return calls
}

// announceStopping has /readyz say so, and every answer tell its client to come back on another connection; it gives a
// load balancer the time to notice, while everything still works.
func (n *node) announceStopping(ctx context.Context) error {
	n.ready.Store(false)
	if n.public != nil {
		n.public.Lame()
	}
	grace, w := n.in.Settings.Config.LBGrace, n.in.Network.cluster
	if w.SetState(cluster.Draining); w.View().Peers() > 0 {
		started := time.Now()
		if err := w.Announce(ctx); err != nil {
			n.in.Log.Warn("not all nodes may know that this one goes", "err", err) // they are told when they call
		}
		grace -= time.Since(started)
	}
	select {
	case <-time.After(grace):
	case <-ctx.Done():
	}
	return nil
}

// readiness is nil when the node can do its work, else what keeps it from it, by module.
func (n *node) readiness(ctx context.Context) map[string]error {
	faults := n.in.Host.Check(ctx)
	if !n.ready.Load() {
		faults["node"] = errors.New("the node is starting or stopping")
	} else if since := n.drains.since(); !since.IsZero() {
		faults["node"] = fmt.Errorf("the node is draining since %s (holon undrain %s)", since.Format(time.RFC3339), n.in.Node.Name)
	}
	return faults
}
